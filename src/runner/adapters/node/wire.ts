/**
 * What the reporter inside the test process writes to its event descriptor: one line an event, the key of the attempt, a
 * blank, and the event as JSON. Shapes only; imported by both sides.
 */
export type WireEvent =
  | { readonly k: 'hello'; readonly pid: number }
  /** a test began to run; `n` is its nesting, 0 outermost */
  | { readonly k: 'run'; readonly n: number; readonly name: string }
  /** reporting order: a suite or test was entered */
  | { readonly k: 'enter'; readonly n: number; readonly name: string }
  | {
      readonly k: 'end';
      readonly n: number;
      readonly name: string;
      readonly suite: boolean;
      readonly pass: boolean;
      readonly ms: number;
      /** `true`, or the author's words */
      readonly skip?: string | true;
      readonly todo?: string | true;
      readonly file?: string;
      readonly line?: number;
      readonly column?: number;
      readonly error?: WireError;
    }
  /** the number of tests that the level declares; at nesting 0 it is the end marker */
  | { readonly k: 'plan'; readonly n: number; readonly count: number }
  | { readonly k: 'note'; readonly text: string };

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** node's own classification, e.g. `testCodeFailure`, `subtestsFailed`, `hookFailed` */
  readonly type?: string;
}

/** The descriptor that the runner opens for the reporter. Node closes it on exec, so grandchildren never hold it. */
export const EVENT_FD = 3;
/**
 * In the reporter's URL: the process that listens. What a test forks inherits its flags, the reporter among them, and
 * has something else at that descriptor; it is no child of the runner, so it stays silent.
 */
export const LISTENER = 'listener';
/**
 * In the reporter's URL: the key of the attempt. A line without it is not the reporter's, whoever wrote it: a test that
 * writes to the descriptor can neither report a result nor an end. (Code that reads the key from its own process's
 * arguments in order to lie can: it could as well change node:test itself.)
 */
export const KEY = 'key';

/** The variable that holds a file's `Sabotage` as JSON; see sabotage.ts. */
export const SABOTAGE = 'RUNNER_SABOTAGE';
/** Code of the error of a test that could not be sabotaged. */
export const NO_SABOTAGE = 'ERR_RUNNER_SABOTAGE';

/** Names a file of certificates that a Node trusts besides its own. */
export const EXTRA = 'NODE_EXTRA_CA_CERTS';

/** The variable with what `LateTrust` says, as JSON; the process takes it out before its file is loaded. See trust.ts. */
export const TRUST = 'RUNNER_TRUST';

/** What stands for NODE_EXTRA_CA_CERTS until the file is about to be loaded. */
export interface LateTrust {
  /** the variable as it was */
  readonly variable: string;
  /** those of its certificates that Node does not trust anyway, PEM; may be empty */
  readonly certificates: string;
}
