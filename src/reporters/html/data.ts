/**
 * What the page is given: one plain JSON object that answers every question the page can be asked. The fold (Node)
 * writes it and the page (a browser) reads it, so there are only types here. All text in it is fit to print: no
 * control characters, no escape sequences. Times are ms since the run's start, durations are ms.
 */
import type { FileVerdict, RunTotals, ServiceEvidence, TestVerdict } from '../../events/index.ts';

/** What a row of the list can be: a test, or a file that failed or did not run as a file. */
export type RowVerdict = TestVerdict | FileVerdict;

/** The buttons above the list; every verdict belongs to one of them. */
export type VerdictGroup = 'failed' | 'flaky' | 'passed' | 'skipped' | 'not-run';

export interface ReportData {
  readonly run: RunFacts;
  readonly headline: Headline;
  readonly totals: RunTotals;
  readonly files: readonly FileFact[];
  /** in the order of the run */
  readonly rows: readonly TestRow[];
  readonly tables: readonly CountTable[];
  readonly failures: readonly Failure[];
  /** how files that passed on a rerun had failed before */
  readonly flaky: readonly Failure[];
  readonly serviceFailures: readonly ServiceFailureFact[];
  readonly timeline: Timeline;
  readonly notSelected: readonly NotSelected[];
  readonly incidents: readonly Incident[];
  readonly services: readonly ServiceFact[];
  readonly evidence: readonly EvidenceFact[];
  /** budgets of skipped tests */
  readonly skips: readonly Promised[];
  readonly sla: readonly Promised[];
  readonly warnings: readonly string[];
  readonly trend: readonly PastRun[];
  /** notes that were left out because there were too many bytes of them */
  readonly notesLeftOut: number;
}

export interface RunFacts {
  readonly id: string;
  /** ISO 8601 UTC; null where the log has lost its beginning */
  readonly startedAt: string | null;
  /** `ended`: the log has its last event; `cut`: it ends without; `running`: it is still being written */
  readonly state: 'ended' | 'cut' | 'running';
  readonly ms: number;
  readonly exitCode: number | null;
  /** as it could be typed again */
  readonly command: string;
  /** what a command for one of its files ends in */
  readonly again: string;
  /** label and value, in the order in which they are shown */
  readonly facts: readonly (readonly [label: string, value: string])[];
}

export interface Headline {
  readonly tone: 'good' | 'bad' | 'running';
  readonly text: string;
  /** what else has to be known before the figures are believed */
  readonly besides: readonly string[];
}

export interface FileFact {
  readonly file: string;
  readonly suite: string;
  readonly category: string;
  readonly service: string | null;
  readonly priority: string;
  readonly needs: readonly string[];
  readonly verdict: FileVerdict;
  readonly reason: string | null;
  readonly ms: number;
  /** ms; null where it is not known, or only a part of it ran */
  readonly usual: number | null;
  readonly tests: number;
  readonly attempts: number;
}

export interface TestRow {
  /** index of its file */
  readonly f: number;
  readonly v: RowVerdict;
  /** titles from the outermost suite to the test; empty for the file itself */
  readonly p: readonly string[];
  readonly ms: number;
  /** line in its file */
  readonly l?: number;
  /** why it was skipped or did not run */
  readonly r?: string;
  /** index of its failure */
  readonly x?: number;
  /** what it had to say */
  readonly n?: readonly string[];
}

export interface CountTable {
  readonly label: 'Category' | 'Suite' | 'Service';
  readonly rows: readonly {
    readonly name: string;
    readonly files: number;
    readonly tests: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly notRun: number;
    readonly ms: number;
    /** what these files usually take, ms; null where that is known of none */
    readonly usual: number | null;
    /** files that ran and of which it is not known: they are in it at their own time */
    readonly unknown: number;
    readonly floor: number | null;
  }[];
}

export interface Failure {
  readonly f: number;
  /** empty: the file failed by itself */
  readonly p: readonly string[];
  readonly verdict: RowVerdict;
  /** `suites/auth/refresh.test.ts:48` */
  readonly place: string;
  /** why the file failed by itself */
  readonly reason: string | null;
  readonly message: readonly string[];
  readonly diff: readonly DiffLine[];
  readonly frame: SourceFrame | null;
  readonly stack: readonly string[];
  readonly tails: readonly Tail[];
  /** its database outlives the run: how it is opened and removed */
  readonly kept: readonly string[];
  /** runs just this again */
  readonly again: string;
}

/** `+` only in what was got, `-` only in what was expected */
export interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

export interface SourceFrame {
  readonly place: string;
  readonly first: number;
  readonly marked: number;
  readonly lines: readonly string[];
}

export interface Tail {
  readonly label: string;
  readonly lines: readonly string[];
  /** lines that were read; more may lie before them */
  readonly of: number;
}

export interface ServiceFailureFact {
  readonly service: string;
  readonly what: string;
  readonly remedy: string | null;
  readonly tail: readonly string[];
  /** how often the same happened */
  readonly times: number;
}

export interface Timeline {
  readonly end: number;
  readonly lanes: readonly Lane[];
  readonly marks: readonly { readonly t: number; readonly text: string }[];
}

export interface Lane {
  readonly kind: 'worker' | 'service' | 'setup';
  readonly name: string;
  readonly bars: readonly Bar[];
}

export type BarKind = RowVerdict | 'running' | 'wait' | 'start' | 'up' | 'died' | 'bundle';

/** A stretch of time; `f` is the index of its file. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly kind: BarKind;
  readonly text: string;
  readonly f?: number;
  /** moments in it at which a test failed */
  readonly x?: readonly number[];
}

export interface NotSelected {
  readonly suite: string;
  readonly files: number;
  readonly reason: string;
  readonly remedy: string;
}

export interface Incident {
  readonly id: string;
  readonly symptom: string;
  readonly guards: readonly {
    readonly file: string;
    readonly title: string;
    readonly result: 'passed' | 'failed' | 'skipped' | 'not run';
  }[];
}

export interface ServiceFact {
  readonly service: string;
  readonly provider: string;
  readonly version: string | null;
  readonly endpoint: string;
  readonly starts: number;
  readonly median: number;
  readonly longest: number;
}

/** One service, over all files that held it. */
export interface EvidenceFact {
  readonly service: string;
  readonly declared: number;
  /** files whose own traffic could be told from that of others, and of those the ones that showed some */
  readonly told: number;
  readonly proven: number;
  readonly own: ServiceEvidence['own'];
  readonly total: ServiceEvidence['total'];
  readonly bySuite: readonly { readonly suite: string; readonly own: NonNullable<ServiceEvidence['own']> }[];
}

/** A promise of how long something takes, or of how much of it is skipped. */
export interface Promised {
  readonly verdict: 'held' | 'breached' | 'not-judged';
  /** what it came to, a sentence without its end */
  readonly words: string;
  /** of a breach: where the time went */
  readonly slowest: readonly string[];
}

export interface PastRun {
  readonly id: string;
  readonly startedAt: string;
  readonly command: string;
  /** started by the same command, so that its figures may be compared */
  readonly same: boolean;
  /** null for a run that was cut */
  readonly end: {
    readonly ms: number;
    readonly exitCode: number;
    readonly tests: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    /** ms of its files, added up; absent where only the log of the run is left */
    readonly categories?: Readonly<Record<string, number>>;
  } | null;
}
