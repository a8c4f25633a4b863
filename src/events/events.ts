/**
 * The closed union of everything that can happen in a run. Producers state facts; reporters choose words.
 * Every field is plain JSON. Times are milliseconds; `t` is measured on the monotonic clock since the run's start,
 * so that a clock jump can't change a duration.
 */
import type { ServiceEvidence } from './evidence.ts';
import type { LogWindow, SourceLocation, TestError } from './failure.ts';
import type { AttemptId, FileId, RunId } from './ids.ts';
import type {
  CarriedFact,
  NotSelectedFact,
  PlannedCategoryFact,
  PlannedFileFact,
  PlannedIncidentFact,
  PlannedLayerFact,
  PlannedQuarantineFact,
  PlannedShardFact,
  PlannedSkipsFact,
} from './planned.ts';
import type { PlannedSlaFact, SlaJudgement } from './sla.ts';
import type { FileVerdict, RunTotals, TestCounts, TestVerdict } from './verdicts.ts';

/** Where a service came from, in the order in which they are tried. */
export type ProviderName = 'external' | 'warm' | 'embedded' | 'binary' | 'package' | 'docker' | 'process';

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
      /** what times are compared by, besides the platform; absent in logs of older runs */
      readonly machine?: { readonly host: string; readonly cores: number };
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
      /** what passed in the run that this one goes on with, or in those before it; absent where it goes on with none */
      readonly carried?: readonly CarriedFact[];
      /** a file that passes only when it is run again fails the run; absent: it does not */
      readonly failOnFlaky?: boolean;
      /** whose settings the run has, beside its flags; absent: no profile's */
      readonly profile?: string;
      /** a breach of an SLA fails the run; absent: it is only told */
      readonly failOnSla?: boolean;
      /** those that were asked for by name; absent: none */
      readonly layers?: readonly PlannedLayerFact[];
      /** how many tests may be skipped; absent where nobody has said */
      readonly skips?: readonly PlannedSkipsFact[];
      readonly categories: readonly PlannedCategoryFact[];
      readonly files: readonly PlannedFileFact[];
      readonly services: readonly string[];
      readonly notSelected: readonly NotSelectedFact[];
      readonly incidents: readonly PlannedIncidentFact[];
      /** of the files that are planned; absent in logs of older runs */
      readonly quarantine?: readonly PlannedQuarantineFact[];
      /** what was promised of how long it may take; absent where nothing was */
      readonly sla?: readonly PlannedSlaFact[];
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
      /** what it had to wait for although a worker was free, e.g. `lock db`; absent: nothing */
      readonly waited?: { readonly ms: number; readonly for: readonly string[] };
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
      /** resident memory of its processes in all, bytes, as it was seen from time to time; absent: it was over before */
      readonly memory?: { readonly peak: number; readonly limit?: number };
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
  | {
      /** all of its files have ended */
      readonly kind: 'layer.measured';
      readonly layer: string;
      /** the most that all of its files were seen to take at one moment, bytes; null: nobody looked in time */
      readonly memory: number | null;
    }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string; readonly file?: FileId }
  | {
      readonly kind: 'run.cancelling';
      readonly reason: string;
      readonly signal: string | null;
      /** ms that the whole run had, where they are over */
      readonly budget?: number;
    }
  /** once everything has ended */
  | ({ readonly kind: 'sla.judged' } & SlaJudgement)
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
