/** How files are run, as the registry says it: the parts of `Config` that are about attempts. */
import type { FileId } from '../events/index.ts';

/** When a red file is run again, as often as `count` says; each time with a lease of its own. */
export interface RetryPolicy {
  /** runs after the first one; 0: none */
  readonly count: number;
  /** `exponential`: the delay doubles from retry to retry, up to a minute */
  readonly backoff: 'fixed' | 'exponential';
  /** ms before the first retry */
  readonly delay: number;
  /** it runs again when nothing else does, after everything that could go on meanwhile */
  readonly isolated: boolean;
}

/** Files that hold a lock of the same name share it, or one has it for itself. */
export interface LockConfig {
  readonly name: string;
  readonly mode: 'shared' | 'exclusive';
}

/** What may fail for a while without failing the run. */
export interface QuarantineConfig {
  readonly file: FileId;
  /** titles from the outermost suite, joined by ` > `; null: the whole file */
  readonly title: string | null;
  readonly owner: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, UTC: the first day on which it excuses nothing */
  readonly expires: string;
}

/** How long something may take; null: that is not promised. */
export interface SlaConfig {
  /** ms */
  readonly duration: number | null;
  /** ms that 95 of 100 of its tests may take at most */
  readonly p95: number | null;
  /** share by which it may be slower than it usually is: 0.2 for a fifth */
  readonly slower: number | null;
  /** recorded runs that say what is usual, at least 5 */
  readonly runs: number;
}

/** Of one file or test. */
export interface NamedSlaConfig extends SlaConfig {
  readonly file: FileId;
  /** titles from the outermost suite, joined by ` > `; null: the whole file */
  readonly title: string | null;
}

export const FAIL_FAST = ['none', 'dependency', 'first-test', 'file', 'category', 'critical'] as const;

/**
 * When a run ends early. `none`: never, not even what comes after a failed category is left out. `dependency`: only that.
 * `first-test`: with the first test that fails, at once. `file`: nothing begins after a red file. `category`: nothing of
 * its category. `critical`: nothing at all after a red file of a critical category or a P0 suite. `threshold`: nothing once
 * more than a share of the planned files is red.
 */
export type FailFast =
  | { readonly kind: (typeof FAIL_FAST)[number] }
  /** from 1 to 100 */
  | { readonly kind: 'threshold'; readonly percent: number };

/** `file` or `threshold=20%`; null where it is neither. */
export function parseFailFast(text: string): FailFast | null {
  const share = /^threshold=([1-9]\d?|100)%$/.exec(text)?.[1];
  if (share !== undefined) return { kind: 'threshold', percent: Number(share) };
  const kind = FAIL_FAST.find((name) => name === text);
  return kind === undefined ? null : { kind };
}
