/** Events of one run in; out: how long each of its categories, suites, files and tests took. */
import type {
  AttemptId,
  EventOf,
  FileId,
  FileVerdict,
  PlannedFileFact,
  PlannedSlaFact,
  RunnerEvent,
  SlaScope,
  TestVerdict,
} from '../../events/index.ts';

export interface MeasuredTest {
  /** titles from the outermost suite, joined by ` > ` */
  readonly title: string;
  readonly verdict: TestVerdict;
  readonly ms: number;
}

export interface MeasuredFile {
  readonly file: FileId;
  /** ms since the start of the run: of its first attempt, and the end of its last */
  readonly from: number;
  readonly to: number;
  /** of its last attempt */
  readonly ms: number;
  readonly verdict: FileVerdict;
  readonly attempts: number;
  readonly tests: readonly MeasuredTest[];
}

export interface Measured {
  readonly planned: number;
  /** those that ran */
  readonly files: readonly MeasuredFile[];
}

interface Open {
  readonly file: FileId;
  readonly from: number;
  readonly tests: MeasuredTest[];
}

export class SlaFold {
  #started: EventOf<'run.started'> | null = null;
  #plan: EventOf<'plan'> | null = null;
  readonly #open = new Map<AttemptId, Open>();
  readonly #ended = new Map<FileId, MeasuredFile>();

  take(event: RunnerEvent): void {
    switch (event.kind) {
      case 'run.started':
        this.#started = event;
        return;
      case 'plan':
        this.#plan = event;
        return;
      case 'file.started':
        if (this.promises.length === 0) return;
        this.#open.set(event.attempt, { file: event.file, from: event.t, tests: [] });
        return;
      case 'test.finished':
        this.#open
          .get(event.attempt)
          ?.tests.push({ title: event.path.join(' > '), verdict: event.verdict, ms: event.ms });
        return;
      case 'attempt.finished': {
        const open = this.#open.get(event.attempt);
        if (open === undefined) return;
        this.#open.delete(event.attempt);
        const before = this.#ended.get(event.file);
        this.#ended.set(event.file, {
          file: event.file,
          from: before?.from ?? open.from,
          to: event.t,
          ms: event.ms,
          verdict: event.verdict,
          attempts: (before?.attempts ?? 0) + 1,
          tests: open.tests,
        });
        return;
      }
      default:
        return;
    }
  }

  get promises(): readonly PlannedSlaFact[] {
    return this.#plan?.sla ?? [];
  }

  get env(): string {
    return this.#started?.env ?? '';
  }

  get workers(): number {
    return this.#plan?.workers ?? 0;
  }

  measured(scope: SlaScope): Measured {
    const planned = (this.#plan?.files ?? []).filter(isIn(scope));
    return {
      planned: planned.length,
      files: planned.flatMap(({ file }) => this.#ended.get(file) ?? []),
    };
  }
}

function isIn(scope: SlaScope): (file: PlannedFileFact) => boolean {
  switch (scope.kind) {
    case 'category':
      return ({ category }) => category === scope.name;
    case 'suite':
      return ({ suite }) => suite === scope.name;
    case 'file':
    case 'test':
      return ({ file }) => file === scope.file;
  }
}
