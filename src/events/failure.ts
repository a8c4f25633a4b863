/** What is told of a failure: where, what, and which part of which log belongs to it. */

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
