/**
 * Signals of the runner itself. The first one cancels the run in an orderly way; a second one ends it at once, unless
 * it follows within a second: npm and some shells deliver one key press twice.
 */
const DOUBLED = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type EndingSignal = (typeof SIGNALS)[number];

export interface SignalHandlers {
  readonly cancel: (signal: EndingSignal) => void;
  /** must not return: everything is killed, the process exits */
  readonly kill: (signal: EndingSignal) => void;
}

/** @returns how to stop listening */
export function onSignals({ cancel, kill }: SignalHandlers): () => void {
  let first: { signal: EndingSignal; at: number } | null = null;
  const listener = (signal: EndingSignal): void => {
    const now = performance.now();
    if (first === null) {
      first = { signal, at: now };
      cancel(signal);
    } else if (now - first.at > DOUBLED || first.signal !== signal) {
      kill(signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
