/** Events of one run in, its records out. Right for a log that ends anywhere: what had not ended is not told. */
import type { AttemptId, EventOf, FileId, RunnerEvent } from '../events/index.ts';
import {
  type EndedVerdict,
  type FilesRecord,
  fileLetter,
  type HistoryRecord,
  type Machine,
  type RecordHead,
  type TestsRecord,
  testLetter,
} from './record.ts';

export interface Surroundings {
  readonly commit: string | null;
  readonly machine: Machine;
}

interface Ended {
  readonly file: FileId;
  readonly hash: string;
  readonly attempts: number;
  readonly verdict: EndedVerdict;
  readonly ms: number;
  readonly tests: readonly EventOf<'test.finished'>[];
}

const HASH = 16;
const rounded = (ms: number): number => Math.round(ms * 10) / 10;

export class RunFold {
  #started: EventOf<'run.started'> | null = null;
  #plan: EventOf<'plan'> | null = null;
  #finished: EventOf<'run.finished'> | null = null;
  #cancelled = false;
  #last = 0;
  readonly #begun = new Map<FileId, EventOf<'file.started'>>();
  readonly #tests = new Map<AttemptId, EventOf<'test.finished'>[]>();
  readonly #ended = new Map<FileId, Ended>();

  take(event: RunnerEvent): void {
    this.#last = Math.max(this.#last, event.t);
    switch (event.kind) {
      case 'run.started':
        this.#started = event;
        return;
      case 'plan':
        this.#plan = event;
        return;
      case 'file.started':
        this.#begun.set(event.file, event);
        this.#tests.set(event.attempt, []);
        return;
      case 'test.finished':
        this.#tests.get(event.attempt)?.push(event);
        return;
      case 'attempt.finished':
        this.#end(event);
        return;
      case 'run.cancelling':
        this.#cancelled = true;
        return;
      case 'run.finished':
        this.#finished = event;
        return;
      default:
        return;
    }
  }

  #end({ file, attempt, verdict, ms }: EventOf<'attempt.finished'>): void {
    if (verdict === 'not-run') return;
    const begun = this.#begun.get(file);
    this.#ended.set(file, {
      file,
      hash: (begun?.hash ?? '').slice(0, HASH),
      attempts: begun?.number ?? 1,
      verdict,
      ms: rounded(ms),
      tests: this.#tests.get(attempt) ?? [],
    });
    this.#tests.delete(attempt);
  }

  /** @returns files first; empty where the log has no plan */
  records({ commit, machine }: Surroundings): readonly HistoryRecord[] {
    if (this.#started === null || this.#plan === null) return [];
    const { runId: run, startedAt: at, configHash: config, env } = this.#started;
    const head = { run, at, commit, config, machine, env };
    const ended = [...this.#ended.values()];
    return [this.#files(head, ended, this.#started, this.#plan), testsOf(head, ended)];
  }

  #files(
    head: RecordHead,
    ended: readonly Ended[],
    { args }: EventOf<'run.started'>,
    plan: EventOf<'plan'>,
  ): FilesRecord {
    const facts = new Map(plan.files.map((fact) => [fact.file, fact]));
    const categories = [...new Set(plan.files.map(({ category }) => category))];
    const suites = [...new Set(plan.files.map(({ suite }) => suite))];
    const indexes = (names: readonly string[], key: 'category' | 'suite'): readonly number[] => {
      const at = new Map(names.map((name, index) => [name, index]));
      return ended.map(({ file }) => at.get(facts.get(file)?.[key] ?? '') ?? 0);
    };
    return {
      kind: 'files',
      ...head,
      workers: plan.workers,
      args,
      ms: rounded(this.#finished?.ms ?? this.#last),
      exitCode: this.#finished?.exitCode ?? null,
      interrupted: this.#cancelled || this.#finished === null,
      ...(this.#finished === null ? {} : { totals: this.#finished.totals }),
      ...(plan.shard === undefined ? {} : { shard: plan.shard }),
      planned: plan.files.length,
      categories,
      suites,
      files: ended.map(({ file }) => file),
      category: indexes(categories, 'category'),
      suite: indexes(suites, 'suite'),
      times: ended.map(({ ms }) => ms),
      verdicts: ended.map(({ verdict }) => fileLetter(verdict)).join(''),
      attempts: ended.map(({ attempts }) => attempts),
      hashes: ended.map(({ hash }) => hash),
      parts: ended.flatMap(({ file }, at) => (facts.get(file)?.part === true ? [at] : [])),
    };
  }
}

function testsOf(head: RecordHead, ended: readonly Ended[]): TestsRecord {
  const each = ended.flatMap(({ tests }, file) => tests.map((test) => ({ file, test })));
  return {
    kind: 'tests',
    ...head,
    files: ended.map(({ file }) => file),
    hashes: ended.map(({ hash }) => hash),
    file: each.map(({ file }) => file),
    titles: each.map(({ test }) => test.path.join(' > ')),
    times: each.map(({ test }) => rounded(test.ms)),
    verdicts: each.map(({ test }) => testLetter(test.verdict)).join(''),
  };
}
