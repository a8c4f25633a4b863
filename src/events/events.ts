/**
 * The closed union of everything that can happen in a run. Producers state facts; reporters choose words.
 * Every field is plain JSON. Times are milliseconds; `t` is measured on the monotonic clock since the run's start,
 * so that a clock jump can't change a duration.
 */
import type { AttemptId, FileId, RunId } from './ids.ts';
import type {
  NotSelectedFact,
  PlannedCategoryFact,
  PlannedFileFact,
  PlannedIncidentFact,
  PlannedQuarantineFact,
  PlannedShardFact,
} from './planned.ts';

/** Verdict of one test. `flaky` (passed only on a rerun) is a verdict of its own, never a silent pass. */
export type TestVerdict = 'passed' | 'flaky' | 'failed' | 'skipped' | 'todo';

/** Verdict of one attempt at a file. Only `passed` and `flaky` are green. */
export type FileVerdict =
  | 'passed'
  | 'flaky'
  | 'failed'
  /** every test of the file was skipped */
  | 'skipped'
  | 'timed-out'
  /** ended by a signal or out of memory */
  | 'crashed'
  /** ended before its own end marker, e.g. `process.exit(0)` half way */
  | 'aborted'
  /** left processes or handles behind */
  | 'leaked'
  | 'no-tests'
  /** a service died or never came, or the process could not be started */
  | 'infra-failed'
  | 'not-run';

/** Where a service came from, in the order in which they are tried. */
export type ProviderName = 'external' | 'warm' | 'embedded' | 'binary' | 'package' | 'docker' | 'process';

/** A position in a source file as the user wrote it (source maps applied). Line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A failed assertion or thrown error, as the test process described it. */
export interface TestError {
  readonly name: string;
  readonly message: string;
  /** e.g. `ERR_ASSERTION`; absent where the error had none */
  readonly code?: string;
  /** stack frames with source maps applied */
  readonly stack?: string;
  /** the place of the user's own line, the topmost frame that is not Node's or a dependency's */
  readonly at?: SourceLocation;
  readonly expected?: string;
  readonly actual?: string;
  /** it was not the test's own code: a hook failed, or what is around the test ended before it; absent where it was */
  readonly outside?: 'hook' | 'cancelled';
}

export type LogAttribution =
  | { readonly kind: 'own' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'time' };

/** The part of a service's log that was written during a test: bytes `from` (inclusive) to `to` (exclusive). */
export interface LogWindow {
  readonly service: string;
  /**
   * Whose its lines are. `own`: the service's instance was this attempt's alone. `named`: of all, those that bear `name`.
   * `time`: other files used the same instance, and nothing but the time says that a line belongs here. Absent in logs of
   * older runs.
   */
  readonly by?: LogAttribution;
  /** absolute */
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** What the tests of one attempt did to one service, told from what other services did to it. */
export interface OwnTraffic {
  readonly unit: 'transactions' | 'statements' | 'commands' | 'requests';
  readonly connections: number;
  /** in units; what clients send by themselves on connecting is left out */
  readonly operations: number;
  /** data frames of WebSockets, both ways */
  readonly frames: number;
}

/** What happened in a store during one lease, whoever caused it, as the server itself counted it. */
export type ServiceTotals =
  | {
      readonly kind: 'postgres';
      readonly connections: number;
      readonly transactions: number;
      /** rows of tables that were not dropped since */
      readonly inserted: number;
      readonly updated: number;
      readonly deleted: number;
      readonly fetched: number;
    }
  | { readonly kind: 'redis'; readonly connections: number; readonly commands: number };

export interface ServiceEvidence {
  readonly service: string;
  /** the suite names it among its needs, so that its files are expected to use it themselves */
  readonly declared: boolean;
  /** null where it can't be told from the traffic of others */
  readonly own: OwnTraffic | null;
  /** null where nobody counts, e.g. for a program */
  readonly total: ServiceTotals | null;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly todo: number;
}

/** Final figures of a run. `failed` counts failed tests and files that failed by themselves (aborted, timed out …). */
export interface RunTotals {
  readonly files: number;
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly todo: number;
  /** files that were selected and did not run */
  readonly notRun: number;
}

type Fact =
  | {
      readonly kind: 'run.started';
      /** wall clock, ISO 8601 UTC */
      readonly startedAt: string;
      readonly version: string;
      readonly cwd: string;
      /** the registry's folder, absolute: file ids are relative to it */
      readonly root: string;
      readonly args: readonly string[];
      readonly config: string;
      /** sha256 of the registry's text */
      readonly configHash: string;
      readonly env: string;
      readonly node: string;
      readonly platform: string;
      readonly pid: number;
    }
  | {
      readonly kind: 'plan';
      readonly workers: number;
      /** the seed of a shuffled order */
      readonly shuffle: number | null;
      readonly realServices: boolean;
      /** the part of a plan that this run is, from 1; absent where it is the whole */
      readonly shard?: PlannedShardFact;
      /** a file that passes only when it is run again fails the run; absent: it does not */
      readonly failOnFlaky?: boolean;
      /** whose settings the run has, beside its flags; absent: no profile's */
      readonly profile?: string;
      readonly categories: readonly PlannedCategoryFact[];
      readonly files: readonly PlannedFileFact[];
      readonly services: readonly string[];
      readonly notSelected: readonly NotSelectedFact[];
      readonly incidents: readonly PlannedIncidentFact[];
      /** of the files that are planned; absent in logs of older runs */
      readonly quarantine?: readonly PlannedQuarantineFact[];
    }
  | { readonly kind: 'bundle.finished'; readonly files: number; readonly ms: number }
  | { readonly kind: 'service.starting'; readonly service: string; readonly lease: AttemptId | null }
  | {
      readonly kind: 'service.ready';
      readonly service: string;
      readonly provider: ProviderName;
      readonly version: string | null;
      /** host:port or URL without credentials: what answers, read back from what runs */
      readonly endpoint: string;
      readonly ms: number;
      /** the attempt that this instance was started for; null for one that the whole run shares */
      readonly lease: AttemptId | null;
      /** absolute path of its log file; null for an external one */
      readonly log: string | null;
    }
  | {
      readonly kind: 'service.failed';
      readonly service: string;
      readonly reason: string;
      readonly remedy: string;
      readonly lease: AttemptId | null;
      readonly log: string | null;
      readonly logTail: readonly string[];
    }
  | {
      readonly kind: 'service.crashed';
      readonly service: string;
      readonly exit: string;
      readonly lease: AttemptId | null;
      readonly log: string | null;
      readonly logTail: readonly string[];
    }
  | {
      readonly kind: 'service.stopped';
      readonly service: string;
      readonly ms: number;
      /** it had to be killed because it outlived its grace */
      readonly forced: boolean;
      readonly lease: AttemptId | null;
    }
  | {
      readonly kind: 'lease.granted';
      readonly attempt: AttemptId;
      readonly file: FileId;
      readonly services: readonly string[];
      /** time that the attempt had to wait for it */
      readonly ms: number;
    }
  | {
      readonly kind: 'lease.released';
      readonly attempt: AttemptId;
      readonly ms: number;
      /** dependencies first */
      readonly services: readonly ServiceEvidence[];
    }
  | {
      readonly kind: 'file.started';
      readonly file: FileId;
      readonly attempt: AttemptId;
      readonly number: number;
      readonly worker: number;
      readonly pid: number | null;
      readonly bundled: boolean;
      /** sha256 (hex) of its text as it began; absent where it could not be read, and in logs of older runs */
      readonly hash?: string;
    }
  | {
      /** it takes longer than it should, and goes on */
      readonly kind: 'file.slow';
      readonly file: FileId;
      readonly attempt: AttemptId;
      /** ms after which it is called slow */
      readonly after: number;
      /** titles of the tests that were running */
      readonly running: readonly string[];
    }
  | {
      /** its attempt was red and is not its last */
      readonly kind: 'file.retrying';
      readonly file: FileId;
      /** the attempt that ended */
      readonly attempt: AttemptId;
      readonly verdict: FileVerdict;
      /** of the attempt to come, from 2 */
      readonly number: number;
      /** attempts that it may have in all */
      readonly most: number;
      /** ms until then */
      readonly delay: number;
      /** it will run when nothing else does */
      readonly isolated: boolean;
    }
  | { readonly kind: 'file.not-run'; readonly file: FileId; readonly reason: string }
  | {
      readonly kind: 'test.started';
      readonly attempt: AttemptId;
      /** titles from the outermost suite to the test */
      readonly path: readonly string[];
    }
  | {
      readonly kind: 'test.finished';
      readonly attempt: AttemptId;
      readonly path: readonly string[];
      readonly verdict: TestVerdict;
      readonly ms: number;
      readonly at: SourceLocation | null;
      readonly error: TestError | null;
      /** why it was skipped, or what is still to do; null where the author gave none */
      readonly reason: string | null;
      /** what the services of its lease logged meanwhile; only for a failed test */
      readonly logs: readonly LogWindow[];
    }
  | {
      /** what a test had to say besides its verdict, e.g. figures that it measured */
      readonly kind: 'test.note';
      readonly attempt: AttemptId;
      readonly path: readonly string[];
      readonly text: string;
    }
  | {
      readonly kind: 'attempt.finished';
      readonly attempt: AttemptId;
      readonly file: FileId;
      readonly verdict: FileVerdict;
      readonly ms: number;
      readonly counts: TestCounts;
      /** number of top-level tests that the file declared at its end marker; null where it never came */
      readonly planned: number | null;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** for a file that failed by itself: what happened, in one sentence */
      readonly reason: string | null;
      /** for a file that failed by itself: the error that its process died of, where one could be read */
      readonly error: TestError | null;
      /** absolute path of its stdout and stderr, in the order of arrival; null where no process was started */
      readonly output: string | null;
      readonly outputBytes: number;
      /** what the services of its lease logged; only for a file that failed by itself */
      readonly logs: readonly LogWindow[];
    }
  | {
      /** the database of a failed attempt, which outlives the run */
      readonly kind: 'database.kept';
      readonly attempt: AttemptId;
      readonly file: FileId;
      readonly service: string;
      /** what it is called now, or its schema */
      readonly database: string;
      /** absolute path of the libpq service file that names it; null: its server was stored with it */
      readonly serviceFile: string | null;
    }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string; readonly file?: FileId }
  | {
      readonly kind: 'run.cancelling';
      readonly reason: string;
      readonly signal: string | null;
      /** ms that the whole run had, where they are over */
      readonly budget?: number;
    }
  | {
      readonly kind: 'run.finished';
      readonly totals: RunTotals;
      readonly exitCode: number;
      readonly ms: number;
    }
  /** after the end of the run: what was made of its log */
  | {
      readonly kind: 'report.written';
      readonly format: string;
      /** absolute; null for one that went to standard output */
      readonly path: string | null;
    }
  | {
      readonly kind: 'report.failed';
      readonly format: string;
      readonly path: string | null;
      readonly reason: string;
    };

/** What a producer hands over; the log adds the rest. */
export type EventFact = Fact;

export type RunnerEvent = Fact & {
  readonly v: 1;
  /** counts from 1 without a gap */
  readonly seq: number;
  /** ms since the run's start, monotonic, with microseconds as the fraction */
  readonly t: number;
  readonly runId: RunId;
};

export type EventKind = RunnerEvent['kind'];
export type EventOf<K extends EventKind> = Extract<RunnerEvent, { readonly kind: K }>;

/** What every room gets to state its facts with. */
export type Emit = (fact: EventFact) => void;
