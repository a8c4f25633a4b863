/**
 * Selection to plan: which files run, in which order, with which settings, and what services they need. Pure and the
 * same every time; nothing here looks at the disk, the clock or the machine.
 */
import type { BundleMode, CategoryPriority, Config, SuitePriority } from '../config/index.ts';
import type { FileId, NotSelectedFact } from '../events/index.ts';
import type { RealServices, Selection } from './selection.ts';

export interface PlanOptions {
  /** at least 1; absent: the registry's */
  readonly workers?: number;
  /** ms a file, before every other setting */
  readonly timeout?: number;
  /** tests found by reading the source; null or absent where their number is unknown before the run */
  readonly staticCounts?: ReadonlyMap<FileId, number | null>;
}

export interface PlannedFile {
  readonly id: FileId;
  /** absolute */
  readonly path: string;
  readonly suite: string;
  readonly category: string;
  readonly service: string | null;
  readonly priority: SuitePriority;
  readonly adapter: 'node';
  /** every service that has to be there, in an order in which they can be started */
  readonly needs: readonly string[];
  /** ms */
  readonly timeout: number;
  readonly bundle: BundleMode;
  /** the environment's variables and the suite's on top of them; values may hold `${…}` */
  readonly env: Readonly<Record<string, string>>;
  /** the suite's and its category's */
  readonly tags: readonly string[];
  /** only the tests at these lines; empty: the whole file */
  readonly lines: readonly number[];
  readonly grep: string | null;
  readonly tests: number | null;
}

export interface PlannedCategory {
  readonly name: string;
  readonly priority: CategoryPriority;
  /** planned categories that must end first, those behind an unplanned one included */
  readonly after: readonly string[];
  /** least number of executed tests; null where none is declared or the category is narrowed */
  readonly floor: number | null;
  /** what left out a part of it, e.g. `--service auth`; null: it is whole */
  readonly narrowed: string | null;
  /** by priority of the suite, then path */
  readonly files: readonly PlannedFile[];
}

export interface Plan {
  readonly env: string;
  readonly workers: number;
  readonly realServices: RealServices;
  /** in the order in which they run */
  readonly categories: readonly PlannedCategory[];
  /** the files of all categories, in order */
  readonly files: readonly PlannedFile[];
  /** everything that any file needs, in an order in which it can be started */
  readonly services: readonly string[];
  readonly notSelected: readonly NotSelectedFact[];
}

export declare function plan(config: Config, selection: Selection, options: PlanOptions): Plan;
