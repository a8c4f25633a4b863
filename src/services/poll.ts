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
  /**
   * Has it call `heard` whenever the service says something, until what it returns is called: most say when they listen, so
   * that is a time to ask, and the pauses between may be longer.
   */
  readonly onOutput?: (heard: () => void) => () => void;
}

interface Pauses {
  /** ms */
  readonly first: number;
  readonly growth: number;
  /** ms */
  readonly longest: number;
}

// A Redis is there after 18 ms, a Postgres after 28: by then the pauses are 5 and 8 ms long.
const CLOSE: Pauses = { first: 2, growth: 1.25, longest: 100 };
/** Of a service that is listened to. */
const HEARD: Pauses = { first: 5, growth: 1.6, longest: 100 };
/** ms that a service is left alone after a question, however much it says */
const SHORTEST_PAUSE = 5;

export async function pollUntilReady<T>(polling: Polling<T>): Promise<Outcome<T>> {
  const deadline = performance.now() + polling.timeout;
  let lastError = 'it gave no answer';
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
  const output = new Output(polling.onOutput);
  const pauses = polling.onOutput === undefined ? CLOSE : HEARD;
  const attempts = async (isOver: () => boolean): Promise<Outcome<T>> => {
    for (let pause = pauses.first; ; pause = Math.min(pause * pauses.growth, pauses.longest)) {
      const left = Math.max(1, deadline - performance.now());
      const result = await polling.probe(left);
      if (result.ok) return { kind: 'ready', value: result.value };
      lastError = result.error;
      // The race is lost, and nobody looks at this any more.
      if (isOver()) return { kind: 'stopped' };
      await output.orAfter(pause);
    }
  };
  let finished = false;
  try {
    return await Promise.race([over, attempts(() => finished)]);
  } finally {
    finished = true;
    clearTimeout(timer);
    output.close();
    polling.signal.removeEventListener('abort', abort);
  }
}

/** What a service says, as a reason to go on waiting no longer. */
class Output {
  /** it said something that nobody has waited for yet */
  #said = false;
  #wake = (): void => {};
  readonly close: () => void;

  constructor(onOutput: Polling<unknown>['onOutput']) {
    this.close =
      onOutput?.(() => {
        this.#said = true;
        this.#wake();
      }) ?? (() => {});
  }

  /** Resolves when it says something, or has while it was asked, but not before a short pause; else after `ms`. */
  async orAfter(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.min(ms, SHORTEST_PAUSE)));
    if (!this.#said && ms > SHORTEST_PAUSE) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms - SHORTEST_PAUSE);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = () => {};
    }
    this.#said = false;
  }
}
