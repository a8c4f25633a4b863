/** Which files waited although a worker was free, since when, and for what. */
import type { PlannedFile } from '../categories/index.ts';

export interface Waited {
  readonly ms: number;
  /** `lock db`, `service legacy`, `4 free workers`, `category e2e` */
  readonly for: readonly string[];
}

export class Waits {
  readonly #now: () => number;
  readonly #since = new Map<PlannedFile, { readonly began: number; readonly for: Set<string> }>();

  /** @param now ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(file: PlannedFile, reasons: readonly string[]): void {
    const known = this.#since.get(file) ?? { began: this.#now(), for: new Set<string>() };
    for (const reason of reasons) known.for.add(reason);
    this.#since.set(file, known);
  }

  /** It begins. @returns null where it did not have to wait */
  ended(file: PlannedFile): Waited | null {
    const known = this.#since.get(file);
    this.#since.delete(file);
    return known === undefined ? null : { ms: this.#now() - known.began, for: [...known.for] };
  }
}
