/** What a plan says of itself in the log: files, categories, incidents, quarantine, and what was left out. */
import type { FileId, RunId } from './ids.ts';

export interface PlannedFileFact {
  readonly file: FileId;
  readonly suite: string;
  readonly category: string;
  readonly service: string | null;
  readonly priority: string;
  readonly needs: readonly string[];
  /** tests found by reading the source; null where a title or a loop makes the number unknown before the run */
  readonly tests: number | null;
  /** only some of its tests are selected */
  readonly part?: true;
  /** those that stand at these lines, and whose full titles match; absent where the whole file is, and in older logs */
  readonly lines?: readonly number[];
  readonly grep?: string;
  /** how long it usually takes, ms; absent where it never passed, and in logs of older runs */
  readonly usual?: number;
  /** workers that it takes; absent: one */
  readonly slots?: number;
  /** locks that it holds while it runs; absent: none */
  readonly locks?: Readonly<Record<string, 'shared' | 'exclusive'>>;
}

export interface PlannedCategoryFact {
  readonly name: string;
  readonly priority: string;
  readonly after: readonly string[];
  /** categories that never run at the same time; absent: none */
  readonly conflicts?: readonly string[];
  /** the least number of executed tests, null where none is declared or the selection is narrowed */
  readonly floor: number | null;
}

/** Categories that were asked for together, with the bars that hold for them. */
export interface PlannedLayerFact {
  readonly name: string;
  readonly categories: readonly string[];
  /** ms that it may take; null: any time */
  readonly within: number | null;
  /** bytes that its files may take at the same time; null: any */
  readonly memory: number | null;
  /** percent of executed tests that must pass; null: all */
  readonly pass: number | null;
  /** what left out a part of it; null: it is whole */
  readonly narrowed: string | null;
}

/** How many tests may be skipped, of the whole run or of a part of it. */
export interface PlannedSkipsFact {
  readonly scope: { readonly kind: 'run' } | { readonly kind: 'category' | 'suite'; readonly name: string };
  readonly most: number;
  /** `percent`: of all tests that it has, skipped ones included */
  readonly of: 'tests' | 'percent';
  /** what left out a part of it, so that nobody can tell its share; null: it is whole, together with other shards */
  readonly narrowed: string | null;
}

/** Something that went wrong once, with those of its guards (tests by name) that the run has to show passing. */
export interface PlannedIncidentFact {
  readonly id: string;
  readonly symptom: string;
  readonly guards: readonly { readonly file: FileId; readonly title: string }[];
}

/** A test, or a file, that may fail for a while without failing the run. */
export interface PlannedQuarantineFact {
  readonly file: FileId;
  /** titles from the outermost suite, joined by ` > `; null: the whole file */
  readonly title: string | null;
  readonly owner: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, UTC: the first day on which it excuses nothing */
  readonly expires: string;
  /** it had ended when the run began */
  readonly ended: boolean;
}

/** A file that had passed in a run which this one goes on with: it is not run again. */
export interface CarriedFact {
  readonly file: FileId;
  readonly category: string;
  /** in which it passed */
  readonly run: RunId;
  /** sha256 (hex) of its text then */
  readonly hash: string;
  /** tests of it that passed */
  readonly passed: number;
}

/** One of several runs that are one plan together. */
export interface PlannedShardFact {
  readonly index: number;
  readonly total: number;
  /** sha256 (hex) of what every shard holds: shards of one plan have the same */
  readonly digest: string;
  /** files of all shards */
  readonly all: number;
  /** what the plan is of, by name: environment, commit and the like; absent in logs of older runs */
  readonly of?: Readonly<Record<string, string>>;
}

export interface NotSelectedFact {
  readonly suite: string;
  readonly category: string;
  readonly files: number;
  readonly reason: string;
  /** what to type to have it selected */
  readonly remedy: string;
}
