/** What was promised of how long something takes, and whether it was kept. */
import type { FileId } from './ids.ts';

/** What a promise is about. */
export type SlaScope =
  | { readonly kind: 'category' | 'suite'; readonly name: string }
  | { readonly kind: 'file'; readonly file: FileId }
  /** titles from the outermost suite, joined by ` > ` */
  | { readonly kind: 'test'; readonly file: FileId; readonly title: string };

/** A promise of the registry; null: that it does not promise. */
export interface PlannedSlaFact {
  readonly scope: SlaScope;
  /** ms from the beginning of its first file to the end of its last; of a test, its own */
  readonly duration: number | null;
  /** ms that 95 of 100 of its tests may take at most */
  readonly p95: number | null;
  /** share by which it may be slower than it usually is: 0.2 for a fifth */
  readonly slower: number | null;
  /** recorded runs that say what is usual */
  readonly runs: number;
  /** what left out a part of it, so that it can't be seen to be kept; null: it is whole */
  readonly narrowed: string | null;
  /** of a shard: what left out a part of all shards together; absent where the run is none */
  readonly together?: string | null;
}

export type SlaRule = 'duration' | 'p95' | 'slower';

/** What a time was held against. */
export interface SlaBaseline {
  /** recorded runs */
  readonly runs: number;
  /** of their times, ms */
  readonly median: number;
  /** how far the time lies above it, in robust standard deviations; see `modifiedZ` in the history */
  readonly deviations: number;
}

/** One rule of one promise. `not-judged`: nobody can say, and it is neither kept nor broken. */
export interface SlaJudgement {
  readonly scope: SlaScope;
  readonly rule: SlaRule;
  readonly verdict: 'held' | 'breached' | 'not-judged';
  /** ms; null where there is nothing to measure */
  readonly measured: number | null;
  /** ms; null where it has no baseline yet */
  readonly limit: number | null;
  /** of `slower`, where there is one */
  readonly baseline: SlaBaseline | null;
  /** why it was not judged */
  readonly reason: string | null;
}
