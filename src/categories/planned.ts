/** What a plan consists of. Data only; `plan.ts` makes it. */
import type {
  AdapterName,
  BundleMode,
  CategoryPriority,
  LockConfig,
  RetryPolicy,
  SuiteCommand,
  SuitePriority,
} from '../config/index.ts';
import type { FileId, NotSelectedFact, PlannedShardFact } from '../events/index.ts';
import type { RealServices } from './selection.ts';

export interface PlannedFile {
  readonly id: FileId;
  /** absolute */
  readonly path: string;
  readonly suite: string;
  readonly category: string;
  readonly service: string | null;
  readonly priority: SuitePriority;
  readonly adapter: AdapterName;
  readonly command: SuiteCommand;
  /** it stands for its whole suite, whose command is run once: there is no such file */
  readonly wholeSuite: boolean;
  /** every service that has to be there, in an order in which they can be started */
  readonly needs: readonly string[];
  /** those that the suite or its category names itself */
  readonly declared: readonly string[];
  /** those of its needs that only one file at a time may use: all files see the same data in them */
  readonly exclusive: readonly string[];
  /** those of its needs that only so many files at a time may use */
  readonly limited: readonly ServiceLimit[];
  /** what it holds while it runs */
  readonly locks: readonly LockConfig[];
  /** workers that it takes while it runs: from 1 to all of them */
  readonly slots: number;
  /** its services are behind proxies that its tests command */
  readonly faults: boolean;
  /** ms */
  readonly timeout: number;
  /** ms without an event or output; null: no such limit */
  readonly idle: number | null;
  /** ms after which it is called slow; null: never */
  readonly slow: number | null;
  /** bytes that its processes may take in all; null: no such limit */
  readonly memory: number | null;
  /** ms between SIGTERM and SIGKILL */
  readonly grace: number;
  readonly retry: RetryPolicy;
  readonly bundle: BundleMode;
  /** the environment's variables and the suite's on top of them; values may hold `${…}` */
  readonly env: Readonly<Record<string, string>>;
  /** the suite's and its category's */
  readonly tags: readonly string[];
  /** only the tests at these lines; empty: the whole file */
  readonly lines: readonly number[];
  readonly grep: string | null;
  readonly tests: number | null;
  /** how long the whole file usually takes, ms; absent where it never passed */
  readonly usual?: number;
  /** why it was chosen, where something besides the registry chose it */
  readonly why?: readonly string[];
  /** one of its services is taken away while it runs, to see whether its tests notice; absent in every normal run */
  readonly sabotage?: Sabotage;
}

/** At most that many files use the service at a time. */
export interface ServiceLimit {
  readonly service: string;
  /** at least 1 */
  readonly limit: number;
}

/** In the order in which they are tried: what is cheap and tells most comes first. */
export const SABOTAGES = ['cut', 'refused', 'empty', 'slow'] as const;
export type SabotageKind = (typeof SABOTAGES)[number];

export interface Sabotage {
  readonly service: string;
  readonly kind: SabotageKind;
  /** full titles (`suite > test`) of the tests whose bodies meet it; `refused` meets the whole file */
  readonly tests: readonly string[];
  /** ms from the beginning of a test's body until the service is given back to it */
  readonly budget: number;
}

export interface PlannedCategory {
  readonly name: string;
  readonly priority: CategoryPriority;
  /** planned categories that must end first, those behind an unplanned one included */
  readonly after: readonly string[];
  /** planned categories that never run at the same time */
  readonly conflicts: readonly string[];
  /** least number of executed tests; null where none is declared or the category is narrowed */
  readonly floor: number | null;
  /** what left out a part of it, e.g. `--service auth`; null: it is whole */
  readonly narrowed: string | null;
  /** what failed last, then by priority of the suite, the longest first, then path; shuffled: random */
  readonly files: readonly PlannedFile[];
}

/** A layer that was asked for, with its bars. */
export interface PlannedLayer {
  readonly name: string;
  /** those of its categories that are planned */
  readonly categories: readonly string[];
  /** ms */
  readonly within: number | null;
  /** bytes */
  readonly memory: number | null;
  /** percent; null: all must pass, which is also so where it is narrowed */
  readonly pass: number | null;
  /** what left out a part of it; null: it is whole */
  readonly narrowed: string | null;
}

export interface Plan {
  readonly env: string;
  readonly workers: number;
  readonly realServices: RealServices;
  /** the seed of its order; null: by priority and path */
  readonly shuffle: number | null;
  /** the part of the selected files that it is; absent where it is the whole */
  readonly shard?: PlannedShardFact;
  /** files of each suite that were selected, those of other shards included */
  readonly selected: ReadonlyMap<string, number>;
  /** those that were asked for by name */
  readonly layers: readonly PlannedLayer[];
  /** in the order in which they run */
  readonly categories: readonly PlannedCategory[];
  /** the files of all categories, in order */
  readonly files: readonly PlannedFile[];
  /** everything that any file needs, in an order in which it can be started */
  readonly services: readonly string[];
  readonly notSelected: readonly NotSelectedFact[];
}
