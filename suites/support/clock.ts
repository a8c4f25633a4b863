/** A clock that stands still until a test moves it. */
export class Clock {
  #ms: number;

  constructor(start: number = Date.now()) {
    this.#ms = start;
  }

  readonly now = (): number => this.#ms;

  advance(seconds: number): void {
    this.#ms += seconds * 1000;
  }
}
