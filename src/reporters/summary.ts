/**
 * The fold that every report starts from: events in, one `Summary` out. Pure, and correct for a log that ends anywhere:
 * what had not ended counts as not run, never as passed. The events of several runs, one run after another, give the
 * summary of all of them: a file that two runs ran is two results.
 */
import type {
  AttemptId,
  EventOf,
  FileId,
  FileVerdict,
  PlannedFileFact,
  PlannedQuarantineFact,
  PlannedSkipsFact,
  RunId,
  RunnerEvent,
  ServiceEvidence,
  TestCounts,
} from '../events/index.ts';

import { excuse } from './quarantine.ts';

export type TestResult = EventOf<'test.finished'>;
export type AttemptResult = EventOf<'attempt.finished'>;

/** An attempt that another one followed. */
export interface EarlierAttempt {
  readonly result: AttemptResult;
  readonly tests: readonly TestResult[];
}

export interface FileResult {
  readonly run: RunId;
  readonly plan: PlannedFileFact;
  verdict: FileVerdict;
  /** why it failed by itself or did not run */
  reason: string | null;
  ms: number;
  counts: TestCounts;
  bundled: boolean;
  attempt: AttemptId | null;
  last: AttemptResult | null;
  /** where and when the last attempt began; null before */
  begun: EventOf<'file.started'> | null;
  /** attempts before the last one, in their order */
  readonly earlier: EarlierAttempt[];
  /** of the last attempt; failures that a quarantine excuses are skipped in it */
  readonly tests: TestResult[];
  /** failures of the last attempt that a quarantine excuses */
  readonly excused: Excused[];
  readonly notes: EventOf<'test.note'>[];
  /** what happened in the services that it held; empty until they were given back */
  evidence: readonly ServiceEvidence[];
  /** of any of its attempts */
  readonly kept: EventOf<'database.kept'>[];
}

/** A failure that does not count, and why. */
export interface Excused {
  readonly by: PlannedQuarantineFact;
  /** as it ended; null: the file failed by itself */
  readonly test: TestResult | null;
}

export interface ServiceRow {
  readonly service: string;
  readonly provider: string;
  readonly version: string | null;
  /** of the last instance */
  endpoint: string;
  readonly starts: number[];
}

export interface Summary {
  /** of the first run, where there are several */
  started: EventOf<'run.started'> | null;
  /** of all runs: what any of them planned */
  plan: EventOf<'plan'> | null;
  /** of the last run */
  finished: EventOf<'run.finished'> | null;
  readonly runs: RunFacts[];
  /** by `fileKey` */
  readonly files: Map<string, FileResult>;
  readonly attempts: Map<AttemptId, FileResult>;
  readonly services: ServiceRow[];
  readonly serviceFailures: (EventOf<'service.failed'> | EventOf<'service.crashed'>)[];
  readonly warnings: EventOf<'warning'>[];
  readonly sla: EventOf<'sla.judged'>[];
  /** by layer: the most that its files took at one moment, bytes */
  readonly layerMemory: Map<string, number>;
  cancelled: EventOf<'run.cancelling'> | null;
  readonly reports: (EventOf<'report.written'> | EventOf<'report.failed'>)[];
  /** time of the last event up to the run's end, ms since the start; of several runs the longest */
  elapsed: number;
}

/** One run of those that a summary is about. */
export interface RunFacts {
  readonly started: EventOf<'run.started'>;
  finished: EventOf<'run.finished'> | null;
}

const fileKey = (run: RunId, file: FileId): string => `${run}/${file}`;

export function emptySummary(): Summary {
  return {
    started: null,
    plan: null,
    finished: null,
    runs: [],
    files: new Map(),
    attempts: new Map(),
    services: [],
    serviceFailures: [],
    warnings: [],
    sla: [],
    layerMemory: new Map(),
    cancelled: null,
    reports: [],
    elapsed: 0,
  };
}

export function summarise(events: Iterable<RunnerEvent>): Summary {
  const summary = emptySummary();
  for (const event of events) take(summary, event);
  return summary;
}

/** A file that has not begun, or whose last attempt has not ended: where the log ends here, it did not run. */
const NOT_ENDED = {
  verdict: 'not-run',
  reason: null,
  ms: 0,
  counts: { passed: 0, failed: 0, skipped: 0, todo: 0 } satisfies TestCounts,
  last: null,
} as const;

/** One step of the fold; changes `summary` in place so that a live view can follow a run of any length. */
export function take(summary: Summary, event: RunnerEvent): void {
  switch (event.kind) {
    case 'report.written':
    case 'report.failed':
      summary.reports.push(event);
      return;
    default:
      summary.elapsed = Math.max(summary.elapsed, event.t);
  }
  switch (event.kind) {
    case 'run.started':
      summary.started ??= event;
      summary.runs.push({ started: event, finished: null });
      return;
    case 'plan':
      takePlan(summary, event);
      return;
    case 'file.started': {
      const file = fileOf(summary, event);
      if (file === undefined) return;
      if (file.last !== null) file.earlier.push({ result: file.last, tests: [...file.tests] });
      summary.attempts.set(event.attempt, file);
      Object.assign(file, NOT_ENDED);
      file.attempt = event.attempt;
      file.begun = event;
      file.bundled = event.bundled;
      file.tests.length = 0;
      file.excused.length = 0;
      file.notes.length = 0;
      return;
    }
    case 'test.finished':
      summary.attempts.get(event.attempt)?.tests.push(event);
      return;
    case 'test.note':
      summary.attempts.get(event.attempt)?.notes.push(event);
      return;
    case 'attempt.finished': {
      const file = fileOf(summary, event);
      if (file === undefined) return;
      // One whose services could not be had never began.
      if (file.last !== null && file.last.attempt !== event.attempt) {
        file.earlier.push({ result: file.last, tests: [...file.tests] });
        file.tests.length = 0;
        file.excused.length = 0;
        file.notes.length = 0;
        file.begun = null;
      }
      file.attempt = event.attempt;
      file.verdict = event.verdict;
      file.reason = event.reason;
      file.ms = event.ms;
      file.counts = event.counts;
      file.last = event;
      excuse(file, summary.plan?.quarantine ?? []);
      return;
    }
    case 'lease.released': {
      const file = summary.attempts.get(event.attempt);
      if (file !== undefined) file.evidence = event.services;
      return;
    }
    case 'database.kept':
      fileOf(summary, event)?.kept.push(event);
      return;
    case 'file.not-run': {
      const file = fileOf(summary, event);
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
    case 'sla.judged':
      summary.sla.push(event);
      return;
    case 'layer.measured': {
      const known = summary.layerMemory.get(event.layer) ?? 0;
      if (event.memory !== null) summary.layerMemory.set(event.layer, Math.max(known, event.memory));
      return;
    }
    case 'run.cancelling':
      summary.cancelled = event;
      return;
    case 'run.finished': {
      summary.finished = event;
      const run = summary.runs.find(({ started }) => started.runId === event.runId);
      if (run !== undefined) run.finished = event;
      return;
    }
    case 'bundle.finished':
    case 'service.starting':
    case 'service.stopped':
    case 'lease.granted':
    case 'test.started':
    case 'file.retrying':
    case 'file.slow':
      return;
  }
}

/** The result that an event about a file belongs to. */
export const fileOf = (
  summary: Summary,
  { runId, file }: { readonly runId: RunId; readonly file: FileId },
): FileResult | undefined => summary.files.get(fileKey(runId, file));

function takePlan(summary: Summary, event: EventOf<'plan'>): void {
  summary.plan = summary.plan === null ? event : joined(summary.plan, event);
  for (const plan of event.files) {
    summary.files.set(fileKey(event.runId, plan.file), {
      run: event.runId,
      plan,
      ...NOT_ENDED,
      bundled: false,
      attempt: null,
      begun: null,
      earlier: [],
      tests: [],
      excused: [],
      notes: [],
      evidence: [],
      kept: [],
    });
  }
}

/** What either of two runs planned; what one of them selected is not missing in both. */
function joined(one: EventOf<'plan'>, other: EventOf<'plan'>): EventOf<'plan'> {
  const files = [...one.files, ...other.files];
  const suites = new Set(files.map(({ suite }) => suite));
  // Shards that are together again keep no part; of one shard in two runs it stays.
  const { shard, ...rest } = one;
  const part = shard !== undefined && shard.index === other.shard?.index ? { shard } : {};
  return {
    ...rest,
    ...part,
    ...joinedLayers(one, other),
    ...joinedSkips(one, other),
    realServices: one.realServices || other.realServices,
    failOnFlaky: one.failOnFlaky === true || other.failOnFlaky === true,
    failOnSla: one.failOnSla === true || other.failOnSla === true,
    files,
    categories: unique([...one.categories, ...other.categories], ({ name }) => name),
    services: [...new Set([...one.services, ...other.services])],
    notSelected: unique([...one.notSelected, ...other.notSelected], ({ suite }) => suite).filter(
      ({ suite }) => !suites.has(suite),
    ),
    quarantine: unique([...(one.quarantine ?? []), ...(other.quarantine ?? [])], ({ file, title }) =>
      JSON.stringify([file, title]),
    ),
    ...carriedBy(one, other),
    incidents: incidentsOf([...one.incidents, ...other.incidents]),
  };
}

function carriedBy(one: EventOf<'plan'>, other: EventOf<'plan'>): Pick<EventOf<'plan'>, 'carried'> {
  const all = [...(one.carried ?? []), ...(other.carried ?? [])];
  return all.length === 0 ? {} : { carried: unique(all, ({ run, file }) => fileKey(run, file)) };
}

/** The categories of one layer may be in several runs; it is whole only where it is whole in each. */
function joinedLayers(one: EventOf<'plan'>, other: EventOf<'plan'>): Pick<EventOf<'plan'>, 'layers'> {
  const all = [...(one.layers ?? []), ...(other.layers ?? [])];
  if (all.length === 0) return {};
  const layers = unique(all, ({ name }) => name).map((layer) => {
    const same = all.filter(({ name }) => name === layer.name);
    return {
      ...layer,
      categories: [...new Set(same.flatMap(({ categories }) => categories))],
      narrowed: same.find(({ narrowed }) => narrowed !== null)?.narrowed ?? null,
    };
  });
  return { layers };
}

/** A budget is of a whole only where it is so in each. */
function joinedSkips(one: EventOf<'plan'>, other: EventOf<'plan'>): Pick<EventOf<'plan'>, 'skips'> {
  const all = [...(one.skips ?? []), ...(other.skips ?? [])];
  if (all.length === 0) return {};
  const keyOf = ({ scope, most, of }: PlannedSkipsFact): string => JSON.stringify([scope, most, of]);
  const skips = unique(all, keyOf).map((fact) => {
    const same = all.filter((another) => keyOf(another) === keyOf(fact));
    return { ...fact, narrowed: same.find(({ narrowed }) => narrowed !== null)?.narrowed ?? null };
  });
  return { skips };
}

/** The guards of one incident may be in several runs. */
function incidentsOf(facts: EventOf<'plan'>['incidents']): EventOf<'plan'>['incidents'] {
  return unique(facts, ({ id }) => id).map((fact) => ({
    ...fact,
    guards: unique(
      facts.filter(({ id }) => id === fact.id).flatMap(({ guards }) => guards),
      ({ file, title }) => JSON.stringify([file, title]),
    ),
  }));
}

const unique = <T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] =>
  [...new Map([...values].reverse().map((value) => [keyOf(value), value])).values()].reverse();
