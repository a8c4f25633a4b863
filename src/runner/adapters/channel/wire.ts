/**
 * What a reporter of ours inside another framework writes to descriptor 3, whatever its language: lines of the attempt's
 * token, a blank, and one JSON object. Shapes only; they are checked where they are read, since anything may have written
 * them.
 */
export interface WireTest {
  readonly k: 'test';
  readonly path: readonly string[];
  /** flaky: the framework itself ran it again until it passed */
  readonly verdict: 'passed' | 'flaky' | 'failed' | 'skipped' | 'todo';
  readonly ms: number;
  /** absolute; line and column from 1 */
  readonly at?: { readonly file: string; readonly line: number; readonly column?: number };
  readonly error?: WireFailure;
  readonly reason?: string;
}

export interface WireFailure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly at?: { readonly file: string; readonly line: number; readonly column?: number };
}

/** Environment variable with what the reporter has to know, as JSON. It is taken out before a test could see it. */
export const BRIEF = 'UNIFIED_TEST_RUNNER_BRIEF';

/** What a reporter is told. */
export interface Brief {
  /** what each line begins with; only the reporter knows it */
  readonly token: string;
  /** absolute path of the planned file */
  readonly file: string;
  /** source of a regular expression over titles joined by ` > `; null: all of them */
  readonly grep: string | null;
  /** only the tests at these lines; empty: all of them */
  readonly lines: readonly number[];
}
