/**
 * The fold that every report starts from: events in, one `Summary` out. Pure, and correct for a log that ends anywhere:
 * what had not ended counts as not run, never as passed.
 */
import type {
  AttemptId,
  EventOf,
  FileId,
  FileVerdict,
  PlannedFileFact,
  RunnerEvent,
  RunTotals,
  ServiceEvidence,
  TestCounts,
} from '../events/index.ts';

export type TestResult = EventOf<'test.finished'>;
export type AttemptResult = EventOf<'attempt.finished'>;

export interface FileResult {
  readonly plan: PlannedFileFact;
  verdict: FileVerdict;
  /** why it failed by itself or did not run */
  reason: string | null;
  ms: number;
  counts: TestCounts;
  bundled: boolean;
  attempt: AttemptId | null;
  last: AttemptResult | null;
  readonly tests: TestResult[];
  readonly notes: EventOf<'test.note'>[];
  /** what happened in the services that it held; empty until they were given back */
  evidence: readonly ServiceEvidence[];
}

export interface Row {
  readonly name: string;
  files: number;
  tests: number;
  passed: number;
  failed: number;
  skipped: number;
  notRun: number;
  /** sum of the files' times, ms */
  ms: number;
}

export interface ServiceRow {
  readonly service: string;
  readonly provider: string;
  readonly version: string | null;
  /** of the last instance */
  endpoint: string;
  readonly starts: number[];
}

export interface FloorBreach {
  readonly category: string;
  readonly floor: number;
  readonly executed: number;
}

export interface Summary {
  started: EventOf<'run.started'> | null;
  plan: EventOf<'plan'> | null;
  finished: EventOf<'run.finished'> | null;
  readonly files: Map<FileId, FileResult>;
  readonly services: ServiceRow[];
  readonly serviceFailures: (EventOf<'service.failed'> | EventOf<'service.crashed'>)[];
  readonly warnings: EventOf<'warning'>[];
  cancelled: EventOf<'run.cancelling'> | null;
  /** time of the last event, ms since the start */
  elapsed: number;
}

export function emptySummary(): Summary {
  return {
    started: null,
    plan: null,
    finished: null,
    files: new Map(),
    services: [],
    serviceFailures: [],
    warnings: [],
    cancelled: null,
    elapsed: 0,
  };
}

export function summarise(events: Iterable<RunnerEvent>): Summary {
  const summary = emptySummary();
  for (const event of events) take(summary, event);
  return summary;
}

const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0, todo: 0 };

/** One step of the fold; changes `summary` in place so that a live view can follow a run of any length. */
export function take(summary: Summary, event: RunnerEvent): void {
  summary.elapsed = event.t;
  switch (event.kind) {
    case 'run.started':
      summary.started = event;
      return;
    case 'plan':
      summary.plan = event;
      for (const plan of event.files) {
        summary.files.set(plan.file, {
          plan,
          verdict: 'not-run',
          reason: null,
          ms: 0,
          counts: NO_TESTS,
          bundled: false,
          attempt: null,
          last: null,
          tests: [],
          notes: [],
          evidence: [],
        });
      }
      return;
    case 'file.started': {
      const file = summary.files.get(event.file);
      if (file === undefined) return;
      file.attempt = event.attempt;
      file.bundled = event.bundled;
      file.tests.length = 0;
      file.notes.length = 0;
      return;
    }
    case 'test.finished':
      fileOf(summary, event.attempt)?.tests.push(event);
      return;
    case 'test.note':
      fileOf(summary, event.attempt)?.notes.push(event);
      return;
    case 'attempt.finished': {
      const file = summary.files.get(event.file);
      if (file === undefined) return;
      file.attempt = event.attempt;
      file.verdict = event.verdict;
      file.reason = event.reason;
      file.ms = event.ms;
      file.counts = event.counts;
      file.last = event;
      return;
    }
    case 'lease.released': {
      const file = fileOf(summary, event.attempt);
      if (file !== undefined) file.evidence = event.services;
      return;
    }
    case 'file.not-run': {
      const file = summary.files.get(event.file);
      if (file !== undefined) file.reason = event.reason;
      return;
    }
    case 'service.ready': {
      const { service, provider, version, endpoint, ms } = event;
      const row = summary.services.find((known) => known.service === service && known.provider === provider);
      if (row === undefined) summary.services.push({ service, provider, version, endpoint, starts: [ms] });
      else {
        row.starts.push(ms);
        row.endpoint = endpoint;
      }
      return;
    }
    case 'service.failed':
    case 'service.crashed':
      summary.serviceFailures.push(event);
      return;
    case 'warning':
      summary.warnings.push(event);
      return;
    case 'run.cancelling':
      summary.cancelled = event;
      return;
    case 'run.finished':
      summary.finished = event;
      return;
    case 'bundle.finished':
    case 'service.starting':
    case 'service.stopped':
    case 'lease.granted':
    case 'test.started':
      return;
  }
}

/** The file that an attempt belongs to; files are few enough for a walk, attempts run one at a time each. */
function fileOf(summary: Summary, attempt: AttemptId): FileResult | undefined {
  for (const file of summary.files.values()) if (file.attempt === attempt) return file;
  return undefined;
}

/** Whether a file failed as a file, besides what its tests say: it counts as one failure in every total. */
export function failedByItself({ verdict, counts }: FileResult): boolean {
  switch (verdict) {
    case 'passed':
    case 'flaky':
    case 'skipped':
    case 'not-run':
      return false;
    case 'failed':
      return counts.failed === 0;
    case 'timed-out':
    case 'crashed':
    case 'aborted':
    case 'leaked':
    case 'no-tests':
    case 'infra-failed':
      return true;
  }
}

const failures = (file: FileResult): number => file.counts.failed + (failedByItself(file) ? 1 : 0);

/** @throws when the parts do not add up: that is a bug of ours, and no total may hide it */
export function totals(summary: Summary): RunTotals {
  const sum = { files: 0, tests: 0, passed: 0, failed: 0, skipped: 0, todo: 0, notRun: 0 };
  for (const file of summary.files.values()) {
    sum.files += 1;
    sum.passed += file.counts.passed;
    sum.failed += failures(file);
    sum.skipped += file.counts.skipped;
    sum.todo += file.counts.todo;
    if (file.verdict === 'not-run') sum.notRun += 1;
  }
  sum.tests = sum.passed + sum.failed + sum.skipped + sum.todo;
  const rows = rowsBy(summary, ({ plan }) => plan.category);
  const again = rows.reduce((all, row) => all + row.tests, 0);
  if (again !== sum.tests)
    throw new Error(`totals do not add up: ${again} in categories, ${sum.tests} in all`);
  return sum;
}

/** Rows in the order in which their first file was planned; a file without the key is left out. */
export function rowsBy(summary: Summary, key: (file: FileResult) => string | null): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const file of summary.files.values()) {
    const name = key(file);
    if (name === null) continue;
    const row = rows.get(name) ?? {
      name,
      files: 0,
      tests: 0,
      passed: 0,
      failed: 0,
      skipped: 0,
      notRun: 0,
      ms: 0,
    };
    rows.set(name, row);
    row.files += 1;
    row.passed += file.counts.passed;
    row.failed += failures(file);
    row.skipped += file.counts.skipped + file.counts.todo;
    row.tests += file.counts.passed + failures(file) + file.counts.skipped + file.counts.todo;
    row.notRun += file.verdict === 'not-run' ? 1 : 0;
    row.ms += file.ms;
  }
  return [...rows.values()];
}

/** Categories that executed fewer tests than they promised. */
export function floorBreaches(summary: Summary): readonly FloorBreach[] {
  return (summary.plan?.categories ?? []).flatMap(({ name, floor }) => {
    if (floor === null) return [];
    let executed = 0;
    for (const file of summary.files.values()) {
      if (file.plan.category === name) executed += file.counts.passed + file.counts.failed;
    }
    return executed < floor ? [{ category: name, floor, executed }] : [];
  });
}
