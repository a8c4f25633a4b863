/** Events in, of one run or of all shards of one; out: how long each category, suite, file and test took. */
import type {
  AttemptId,
  EventOf,
  FileId,
  FileVerdict,
  PlannedFileFact,
  PlannedSlaFact,
  RunId,
  RunnerEvent,
  SlaScope,
  TestVerdict,
} from '../../events/index.ts';
import { areSame, type Conditions } from './baseline.ts';

export interface MeasuredTest {
  /** titles from the outermost suite, joined by ` > ` */
  readonly title: string;
  readonly verdict: TestVerdict;
  readonly ms: number;
}

export interface MeasuredFile {
  readonly run: RunId;
  readonly file: FileId;
  /** ms since the start of its run: of its first attempt, and the end of its last */
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
  /** under which it ran; a text: why that is not known */
  readonly conditions: Conditions | string;
}

interface Open {
  readonly file: FileId;
  readonly from: number;
  readonly tests: MeasuredTest[];
}

/** What is known of one run. */
interface Run {
  started: EventOf<'run.started'> | null;
  plan: EventOf<'plan'> | null;
  readonly open: Map<AttemptId, Open>;
  readonly ended: Map<FileId, MeasuredFile>;
}

export class SlaFold {
  readonly #runs = new Map<RunId, Run>();

  take(event: RunnerEvent): void {
    const run = this.#of(event.runId);
    switch (event.kind) {
      case 'run.started':
        run.started = event;
        return;
      case 'plan':
        run.plan = event;
        return;
      case 'file.started':
        if ((run.plan?.sla ?? []).length === 0) return;
        run.open.set(event.attempt, { file: event.file, from: event.t, tests: [] });
        return;
      case 'test.finished':
        run.open
          .get(event.attempt)
          ?.tests.push({ title: event.path.join(' > '), verdict: event.verdict, ms: event.ms });
        return;
      case 'attempt.finished':
        return finish(run, event);
      default:
        return;
    }
  }

  get runs(): ReadonlySet<RunId> {
    return new Set(this.#runs.keys());
  }

  /** Each once; of shards with what left out a part of all of them together. */
  get promises(): readonly PlannedSlaFact[] {
    const all = [...this.#runs.values()].flatMap(({ plan }) => plan?.sla ?? []);
    if (this.#runs.size < 2) return all;
    const byScope = new Map<string, PlannedSlaFact>();
    for (const { narrowed: here, together = here, ...fact } of all) {
      const key = JSON.stringify(fact.scope);
      byScope.set(key, { ...fact, narrowed: byScope.get(key)?.narrowed ?? together });
    }
    return [...byScope.values()];
  }

  measured(scope: SlaScope): Measured {
    const parts = [...this.#runs.values()].flatMap((run) => {
      const planned = (run.plan?.files ?? []).filter(isIn(scope));
      return planned.length === 0 ? [] : [{ run, planned }];
    });
    return {
      planned: parts.reduce((sum, { planned }) => sum + planned.length, 0),
      files: parts.flatMap(({ run, planned }) => planned.flatMap(({ file }) => run.ended.get(file) ?? [])),
      conditions: conditionsOf(parts.map(({ run }) => run)),
    };
  }

  #of(id: RunId): Run {
    const run = this.#runs.get(id) ?? { started: null, plan: null, open: new Map(), ended: new Map() };
    this.#runs.set(id, run);
    return run;
  }
}

function finish(run: Run, event: EventOf<'attempt.finished'>): void {
  const open = run.open.get(event.attempt);
  if (open === undefined) return;
  run.open.delete(event.attempt);
  const before = run.ended.get(event.file);
  run.ended.set(event.file, {
    run: event.runId,
    file: event.file,
    from: before?.from ?? open.from,
    to: event.t,
    ms: event.ms,
    verdict: event.verdict,
    attempts: (before?.attempts ?? 0) + 1,
    tests: open.tests,
  });
}

/** Times of shards are one time only where all of them ran under the same conditions. */
function conditionsOf(runs: readonly Run[]): Measured['conditions'] {
  const [first, ...others] = runs.map(({ started, plan }) => {
    if (started?.machine === undefined) return null;
    const { env, platform, machine } = started;
    return { machine: { ...machine, platform }, env, workers: plan?.workers ?? 0 };
  });
  if (first === null || first === undefined || others.includes(null)) return 'its machine is not known';
  return others.every((other) => other !== null && areSame(other, first))
    ? first
    : 'its shards ran on different machines, or with other workers';
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
