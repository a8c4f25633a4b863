/** The numbers of workers, from 1. The lowest free ones are handed out first, so that few numbers are ever seen. */
export class Workers {
  readonly #free: number[];

  /** @param count at least 1 */
  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, at) => at + 1);
  }

  get free(): number {
    return this.#free.length;
  }

  /** @param slots at most as many as are free, at least 1 */
  take(slots: number): readonly number[] {
    return this.#free.splice(0, slots);
  }

  giveBack(numbers: readonly number[]): void {
    this.#free.push(...numbers);
    this.#free.sort((a, b) => a - b);
  }
}
