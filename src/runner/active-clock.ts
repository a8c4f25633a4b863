/**
 * Time as far as the runner was there to see it pass. A process that was stopped (Ctrl-Z, SIGSTOP) or a machine that slept
 * was not waiting for anybody, so no limit may count that: what lies between two ticks and is far too long is left out.
 */

/** ms from tick to tick: how exact a limit is. */
const TICK = 50;
/** A gap of more than this, ms, is no wait but a pause. */
const PAUSE = 1_000;

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

export class ActiveClock {
  readonly #monotonic: () => number;
  readonly #alarms = new Set<Alarm>();
  #seen: number;
  #lost = 0;
  #ticking: NodeJS.Timeout | null = null;

  /** @param monotonic ms from any point */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    this.#seen = monotonic();
  }

  /** ms since any point, pauses left out while there are alarms */
  now(): number {
    return this.#monotonic() - this.#lost;
  }

  /** Rings once, when so many ms have passed. @returns how to take it back */
  after(ms: number, ring: () => void): () => void {
    if (this.#ticking === null) {
      this.#seen = this.#monotonic();
      this.#ticking = setInterval(() => this.tick(), TICK);
      // What is waited for keeps the process alive, never the clock.
      this.#ticking.unref();
    }
    const alarm = { at: this.now() + ms, ring };
    this.#alarms.add(alarm);
    return () => this.#remove(alarm);
  }

  /** Looks at the time; the clock does it by itself while there are alarms. */
  tick(): void {
    const now = this.#monotonic();
    const gap = now - this.#seen;
    this.#seen = now;
    if (gap > PAUSE) this.#lost += gap - TICK;
    for (const alarm of [...this.#alarms]) {
      if (alarm.at > this.now()) continue;
      this.#remove(alarm);
      alarm.ring();
    }
  }

  #remove(alarm: Alarm): void {
    this.#alarms.delete(alarm);
    if (this.#alarms.size > 0 || this.#ticking === null) return;
    clearInterval(this.#ticking);
    this.#ticking = null;
  }
}
