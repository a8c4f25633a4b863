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
