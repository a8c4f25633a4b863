/** How tests, files and runs end, and what that adds up to. */

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
