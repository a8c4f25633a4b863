import type { ClaimedFile, Config, Diagnostic } from '../config/index.ts';
import type { FileId } from '../events/index.ts';

/** A suite whose globs match nothing: most likely a mistake, yet no reason to stop. */
export interface EmptySuite {
  readonly suite: string;
  readonly globs: readonly string[];
}

export interface Discovery {
  /** in the order of their ids, each id once */
  readonly claimed: readonly ClaimedFile[];
  /** files that look like tests, are nobody's and are not ignored, in order */
  readonly orphans: readonly FileId[];
  /** files that two suites claim, one diagnostic for each pair of suites */
  readonly conflicts: readonly Diagnostic[];
  readonly emptySuites: readonly EmptySuite[];
}

export declare function discoverFiles(config: Config): Promise<Discovery>;
