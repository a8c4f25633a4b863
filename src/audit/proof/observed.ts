/** What the attempts of an execution came to, file by file, while its facts go on to whoever listens. */
import type { AttemptId, EventFact, FileId } from '../../events/index.ts';
import { SeenTests } from './cells.ts';
import type { Ended } from './course.ts';

type Finished = Extract<EventFact, { kind: 'attempt.finished' }>;

export class Observed {
  /** files whose services never came, with the reason */
  readonly broken = new Map<FileId, string>();
  readonly #seen = new Map<AttemptId, SeenTests>();
  readonly #ended = new Map<AttemptId, Finished>();

  take(fact: EventFact): void {
    if (fact.kind === 'test.finished') {
      const tests = this.#seen.get(fact.attempt) ?? new SeenTests();
      this.#seen.set(fact.attempt, tests);
      tests.take(fact);
    }
    if (fact.kind !== 'attempt.finished') return;
    this.#ended.set(fact.attempt, fact);
    if (fact.verdict === 'infra-failed')
      this.broken.set(fact.file, fact.reason ?? 'a service could not be had');
  }

  /** What the attempt came to, once: it is forgotten then. null: it has not ended, or its services never came */
  takeEnded(attempt: AttemptId): Ended | null {
    const end = this.#ended.get(attempt);
    if (end === undefined || this.broken.has(end.file)) return null;
    const tests = this.#seen.get(attempt)?.tests ?? new Map();
    this.#seen.delete(attempt);
    this.#ended.delete(attempt);
    return { ...end, tests };
  }
}
