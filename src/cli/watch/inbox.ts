/** What happens while a watch waits or a round goes on, in order; each is looked at when its turn comes. */
import type { EndingSignal } from '../signals.ts';
import type { TypedLine } from './keys.ts';

export type Happening =
  | { readonly kind: 'saved'; readonly files: readonly string[] }
  | { readonly kind: 'again' | 'failed' | 'all' | 'help' }
  | { readonly kind: 'ask'; readonly line: TypedLine }
  /** null: by a key */
  | { readonly kind: 'quit'; readonly signal: EndingSignal | null }
  | { readonly kind: 'broken'; readonly message: string; readonly remedy: string };

export class Inbox {
  readonly #waiting: Happening[] = [];
  readonly #unseen: Happening[] = [];
  #wake: () => void = () => {};

  put(happening: Happening): void {
    this.#waiting.push(happening);
    this.#unseen.push(happening);
    this.#wake();
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The next one, as soon as there is one: an end before all else, and everything that was saved at once. */
  async take(): Promise<Happening> {
    for (;;) {
      const next = this.#next();
      if (next !== null) return next;
      await this.#news();
    }
  }

  /** Shows each as it comes and leaves it there, until the work has ended. */
  async showDuring(work: Promise<unknown>, show: (happening: Happening) => Promise<void>): Promise<void> {
    let state: 'going on' | 'over' = 'going on';
    const end = (): void => {
      state = 'over';
      this.#wake();
    };
    work.then(end, end);
    this.#unseen.splice(0, this.#unseen.length, ...this.#waiting);
    const isOver = (): boolean => state === 'over';
    while (!isOver()) {
      const next = this.#unseen.shift();
      if (next !== undefined) await show(next);
      else await this.#news();
    }
  }

  #next(): Happening | null {
    const end = this.#waiting.findIndex(({ kind }) => kind === 'quit' || kind === 'broken');
    const [next] = this.#waiting.splice(Math.max(0, end), 1);
    if (next?.kind !== 'saved') return next ?? null;
    const files = new Set(next.files);
    for (const other of this.#waiting)
      if (other.kind === 'saved') for (const file of other.files) files.add(file);
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter(({ kind }) => kind !== 'saved'));
    return { kind: 'saved', files: [...files].sort() };
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
