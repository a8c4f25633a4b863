/**
 * Selection to plan: which files run, in which order, with which settings, and what services they need. Pure and the
 * same every time; nothing here looks at the disk, the clock or the machine.
 */
import type {
  AdapterName,
  BundleMode,
  CategoryPriority,
  Config,
  RetryPolicy,
  SuiteCommand,
  SuitePriority,
} from '../config/index.ts';
import type { FileId, NotSelectedFact, PlannedShardFact } from '../events/index.ts';
import { type Expected, expectedTimes, type History } from '../history/index.ts';
import { deployedIn, needsClosure } from './needs.ts';
import { byText, inOrder, rankOf } from './order.ts';
import { tagsOf } from './select.ts';
import type { RealServices, Selection } from './selection.ts';
import { type Shard, shardOf } from './shard.ts';
import { shuffled } from './shuffle.ts';

export interface PlanOptions {
  /** at least 1; absent: the registry's */
  readonly workers?: number;
  /** files of a category in another order, the same for the same seed */
  readonly shuffle?: number;
  /** ms a file, before every other setting */
  readonly timeout?: number;
  /** ms without a sign of life, before every other setting */
  readonly idleTimeout?: number;
  /** ms, before every other setting */
  readonly slowAfter?: number;
  /** how often a red file is run again, before every other setting; the rest of a policy stays */
  readonly retries?: number;
  /** tests found by reading the source; null or absent where their number is unknown before the run */
  readonly staticCounts?: ReadonlyMap<FileId, number | null>;
  /** earlier runs: what failed last comes first, what takes long before what is short */
  readonly history?: History;
  /** what failed last comes before all else, in every category and among them, as far as `after` allows */
  readonly failedFirst?: boolean;
  /** only this part of the files; there are at least as many files as shards */
  readonly shard?: Shard;
}

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
  /** its services are behind proxies that its tests command */
  readonly faults: boolean;
  /** ms */
  readonly timeout: number;
  /** ms without an event or output; null: no such limit */
  readonly idle: number | null;
  /** ms after which it is called slow; null: never */
  readonly slow: number | null;
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
  /** least number of executed tests; null where none is declared or the category is narrowed */
  readonly floor: number | null;
  /** what left out a part of it, e.g. `--service auth`; null: it is whole */
  readonly narrowed: string | null;
  /** what failed last, then by priority of the suite, the longest first, then path; shuffled: random */
  readonly files: readonly PlannedFile[];
}

export interface Plan {
  readonly env: string;
  readonly workers: number;
  readonly realServices: RealServices;
  /** the seed of its order; null: by priority and path */
  readonly shuffle: number | null;
  /** the part of the selected files that it is; absent where it is the whole */
  readonly shard?: PlannedShardFact;
  /** in the order in which they run */
  readonly categories: readonly PlannedCategory[];
  /** the files of all categories, in order */
  readonly files: readonly PlannedFile[];
  /** everything that any file needs, in an order in which it can be started */
  readonly services: readonly string[];
  readonly notSelected: readonly NotSelectedFact[];
}

export function plan(config: Config, selection: Selection, options: PlanOptions = {}): Plan {
  const expected =
    options.history === undefined
      ? null
      : expectedTimes(
          options.history,
          selection.files.map(({ id }) => id),
        );
  const shard =
    options.shard === undefined
      ? null
      : shardOf(
          selection.files.map(({ id }) => id),
          options.shard,
          (file) => expected?.of(file) ?? null,
          config.hash,
        );
  const files = plannedFiles(config, selection, options, expected).filter(
    ({ id }) => shard === null || shard.files.has(id),
  );
  const byCategory = new Map<string, PlannedFile[]>();
  for (const file of files) {
    const list = byCategory.get(file.category) ?? [];
    list.push(file);
    byCategory.set(file.category, list);
  }
  const categories = [...byCategory].flatMap(([name, list]) => {
    const category = config.categories.get(name);
    if (category === undefined) return [];
    const narrowed = selection.narrowed.get(name) ?? null;
    const after = predecessors(config, name, byCategory);
    const floor = narrowed === null ? category.floor : null;
    // A seed gives the same order again, whatever ran meanwhile.
    const sorted = list.sort(byUrgency(options.shuffle === undefined ? expected : null));
    const mixed = options.shuffle === undefined ? sorted : shuffled(sorted, options.shuffle);
    const files = options.failedFirst === true ? failedFirst(mixed, expected) : mixed;
    return [{ name, priority: category.priority, after, floor, narrowed, files }];
  });
  const urgent = options.failedFirst === true ? namesWithFailed(categories, expected) : [];
  const ordered = inOrder(categories, urgent);
  const needed = new Set(ordered.flatMap((category) => category.files.flatMap((file) => file.needs)));
  const declared = [...config.services.keys()].filter((name) => needed.has(name));
  return {
    env: selection.env,
    workers: options.workers ?? config.defaults.workers,
    realServices: selection.realServices,
    shuffle: options.shuffle ?? null,
    ...(shard === null || options.shard === undefined
      ? {}
      : { shard: { ...options.shard, digest: shard.digest, all: shard.all } }),
    categories: ordered,
    files: ordered.flatMap((category) => category.files),
    services: needsClosure(config, declared, deployedIn(config, selection.env)),
    notSelected: selection.notSelected,
  };
}

const failedLast = ({ id }: PlannedFile, expected: Expected | null): boolean =>
  expected?.past(id).failed === true;

/** Either kind keeps its order. */
const failedFirst = (files: readonly PlannedFile[], expected: Expected | null): readonly PlannedFile[] => [
  ...files.filter((file) => failedLast(file, expected)),
  ...files.filter((file) => !failedLast(file, expected)),
];

const namesWithFailed = (
  categories: readonly Pick<PlannedCategory, 'name' | 'files'>[],
  expected: Expected | null,
): readonly string[] =>
  categories.flatMap(({ name, files }) => (files.some((file) => failedLast(file, expected)) ? [name] : []));

/** What failed last comes first, then what matters most; of that the longest, so that none is begun late. */
function byUrgency(expected: Expected | null): (a: PlannedFile, b: PlannedFile) => number {
  const red = (file: PlannedFile): number => (failedLast(file, expected) ? 0 : 1);
  const time = ({ id }: PlannedFile): number => expected?.of(id) ?? 0;
  return (a, b) =>
    red(a) - red(b) || rankOf(a.priority) - rankOf(b.priority) || time(b) - time(a) || byText(a.id, b.id);
}

/** What all files of a suite have in common is worked out once a suite: there may be ten thousand of them. */
function plannedFiles(
  config: Config,
  selection: Selection,
  options: PlanOptions,
  expected: Expected | null,
): PlannedFile[] {
  const deployed = deployedIn(config, selection.env);
  const environment = config.environments.get(selection.env)?.env ?? {};
  const common = new Map(
    [...config.suites.values()].map((suite) => {
      const category = config.categories.get(suite.category);
      const retry = suite.retries ?? category?.retries ?? config.defaults.retries;
      const settings = {
        suite: suite.name,
        category: suite.category,
        service: suite.service,
        priority: suite.priority,
        adapter: suite.adapter,
        command: suite.command,
        wholeSuite: suite.files === null,
        faults: suite.faults,
        timeout: options.timeout ?? suite.timeout ?? category?.timeout ?? config.defaults.timeout,
        idle:
          options.idleTimeout ?? suite.idleTimeout ?? category?.idleTimeout ?? config.defaults.idleTimeout,
        slow: options.slowAfter ?? suite.slowAfter ?? category?.slowAfter ?? config.defaults.slowAfter,
        grace: suite.grace ?? category?.grace ?? config.defaults.grace,
        retry: options.retries === undefined ? retry : { ...retry, count: options.retries },
        bundle: suite.bundle ?? config.defaults.bundle,
        env: { ...environment, ...suite.env },
        tags: tagsOf(suite, category),
      };
      return [suite.name, settings] as const;
    }),
  );
  const closures = new Map<string, readonly string[]>();
  const closureOf = (needs: readonly string[]): readonly string[] => {
    const key = needs.join(' ');
    const known = closures.get(key) ?? needsClosure(config, needs, deployed);
    closures.set(key, known);
    return known;
  };
  return selection.files.flatMap(({ id, path, suite, needs, lines, grep, why }) => {
    const settings = common.get(suite);
    const usual = expected?.past(id).usual ?? null;
    return settings === undefined
      ? []
      : [
          {
            id,
            path,
            ...settings,
            needs: closureOf(needs),
            declared: needs,
            exclusive: closureOf(needs).filter((name) => isExclusive(config, name)),
            lines,
            grep,
            tests: options.staticCounts?.get(id) ?? null,
            ...(usual === null ? {} : { usual }),
            ...(why.length === 0 ? {} : { why }),
          },
        ];
  });
}

const isExclusive = ({ services }: Config, name: string): boolean => {
  const service = services.get(name);
  return service?.kind === 'postgres' && service.isolation === 'none' && !service.parallel;
};

/** The nearest planned categories before this one: `c after b after a` keeps `c` behind `a` when `b` is not planned. */
function predecessors(
  config: Config,
  name: string,
  planned: ReadonlyMap<string, unknown>,
): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const pending = [...(config.categories.get(name)?.after ?? [])];
  for (let before = pending.shift(); before !== undefined; before = pending.shift()) {
    if (seen.has(before)) continue;
    seen.add(before);
    if (planned.has(before)) found.add(before);
    else pending.push(...(config.categories.get(before)?.after ?? []));
  }
  return [...found];
}
