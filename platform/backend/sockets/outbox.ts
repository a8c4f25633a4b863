/** Events that wait for a reader who is behind: in order, at most so many. A full one gives up its oldest thought first. */
import { EVICTED_FIRST } from '../../shared/critical-values.ts';
import type { AgentEvent } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';

export class Outbox {
  readonly #events: AgentEvent[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get events(): readonly AgentEvent[] {
    return this.#events;
  }

  /** @returns what had to go for it: the oldest thought, or the oldest event where no thought waits */
  add(event: AgentEvent): AgentEvent | undefined {
    this.#events.push(event);
    if (this.#events.length <= this.#most) return undefined;
    const thought = this.#events.findIndex(({ type }) => EVICTED_FIRST.has(type));
    const victim = thought === -1 || mutated('evict-oldest-first') ? 0 : thought;
    return this.#events.splice(victim, 1)[0];
  }

  take(): AgentEvent | undefined {
    return this.#events.shift();
  }
}
