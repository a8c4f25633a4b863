/** Waiting for a service: one deadline, ever longer pauses, and an end as soon as its process has ended. */
import type { Result } from '../events/index.ts';
import type { Exit } from './launch.ts';

export type Outcome<T> =
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'exited'; readonly exit: Exit }
  /** the deadline passed; what the last probe said */
  | { readonly kind: 'late'; readonly lastError: string }
  | { readonly kind: 'stopped' };

export interface Polling<T> {
  /** One round trip; it gets the ms left and must not outlive them. An error says in words what was wrong. */
  readonly probe: (msLeft: number) => Promise<Result<T, string>>;
  /** never settles for a service that we did not start */
  readonly exited: Promise<Exit>;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

// A Redis is there after 18 ms, a Postgres after 28: by then the pauses are 5 and 8 ms long.
const FIRST_PAUSE = 2;
const GROWTH = 1.25;
const LONGEST_PAUSE = 100;

export async function pollUntilReady<T>(polling: Polling<T>): Promise<Outcome<T>> {
  const deadline = performance.now() + polling.timeout;
  let lastError = 'it was not probed once';
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => {};
  const over = Promise.race<Outcome<T>>([
    polling.exited.then((exit) => ({ kind: 'exited', exit })),
    new Promise((resolve) => {
      abort = () => resolve({ kind: 'stopped' });
      if (polling.signal.aborted) abort();
      polling.signal.addEventListener('abort', abort, { once: true });
      timer = setTimeout(() => resolve({ kind: 'late', lastError }), polling.timeout);
    }),
  ]);
  const attempts = async (isOver: () => boolean): Promise<Outcome<T>> => {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
      const left = Math.max(1, deadline - performance.now());
      const result = await polling.probe(left);
      if (result.ok) return { kind: 'ready', value: result.value };
      lastError = result.error;
      // The race is lost, and nobody looks at this any more.
      if (isOver()) return { kind: 'stopped' };
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  let finished = false;
  try {
    return await Promise.race([over, attempts(() => finished)]);
  } finally {
    finished = true;
    clearTimeout(timer);
    polling.signal.removeEventListener('abort', abort);
  }
}
