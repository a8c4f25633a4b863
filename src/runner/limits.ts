/** The limits of one attempt: how long in all, how long without a sign of life, and from when on it is called slow. */
import type { ActiveClock } from './active-clock.ts';
import type { Ending } from './verdict.ts';

export interface Watched {
  readonly clock: ActiveClock;
  /** ms; null: no such limit */
  readonly limits: { readonly timeout: number; readonly idle: number | null; readonly slow: number | null };
  /** grows with each event and each byte of output */
  readonly activity: () => number;
  /** once, when it is slow */
  readonly slow: () => void;
  /** aborted when it has ended */
  readonly done: AbortSignal;
}

/** How often a sign of life is looked for, in parts of the limit. */
const LOOKS = 4;

/** Settles when a limit is over; never, where the attempt ends before. */
export function overLimit({ clock, limits, activity, slow, done }: Watched): Promise<Ending> {
  return new Promise((resolve) => {
    const set = (ms: number, ring: () => void): void => {
      if (done.aborted) return;
      const stop = clock.after(ms, () => {
        done.removeEventListener('abort', stop);
        ring();
      });
      done.addEventListener('abort', stop, { once: true });
    };
    const { timeout, idle, slow: slowAfter } = limits;
    set(timeout, () => resolve({ kind: 'timed-out', limit: timeout, of: 'all' }));
    if (slowAfter !== null) set(slowAfter, slow);
    if (idle === null) return;
    let seen = activity();
    let since = clock.now();
    const look = (): void => {
      const now = activity();
      if (now !== seen) {
        seen = now;
        since = clock.now();
      } else if (clock.now() - since >= idle) return resolve({ kind: 'timed-out', limit: idle, of: 'idle' });
      set(idle / LOOKS, look);
    };
    set(idle / LOOKS, look);
  });
}
