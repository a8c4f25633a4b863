/**
 * Selection to plan: which files run, in which order, with which settings, and what services they need. Pure and the
 * same every time; nothing here looks at the disk, the clock or the machine.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/index.ts';
import type { FileId } from '../events/index.ts';
import { type Expected, expectedTimes, type History } from '../history/index.ts';
import { deployedIn, needsClosure } from './needs.ts';
import { byText, inOrder, rankOf } from './order.ts';
import type { Plan, PlannedCategory, PlannedFile, PlannedLayer, ServiceLimit } from './planned.ts';
import { tagsOf } from './select.ts';
import type { Selection } from './selection.ts';
import { type PlanIdentity, type Shard, shardOf } from './shard.ts';
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
  /** the commit that is checked out; absent: none is known. Shards are of one commit */
  readonly commit?: string;
}

export function plan(config: Config, selection: Selection, options: PlanOptions = {}): Plan {
  const expected =
    options.history === undefined
      ? null
      : expectedTimes(
          options.history,
          selection.files.map(({ id }) => id),
        );
  const of = identityOf(config, selection, options);
  const shard =
    options.shard === undefined
      ? null
      : shardOf(
          selection.files.map(({ id }) => id),
          options.shard,
          (file) => expected?.of(file) ?? null,
          of,
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
    const conflicts = conflictsOf(config, name).filter((other) => byCategory.has(other));
    return [{ name, priority: category.priority, after, conflicts, floor, narrowed, files }];
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
      : { shard: { ...options.shard, digest: shard.digest, all: shard.all, of } }),
    selected: filesOfSuites(selection),
    layers: layersOf(config, selection, byCategory),
    categories: ordered,
    files: ordered.flatMap((category) => category.files),
    services: needsClosure(config, declared, deployedIn(config, selection.env)),
    notSelected: selection.notSelected,
  };
}

function filesOfSuites({ files }: Selection): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { suite } of files) numbers.set(suite, (numbers.get(suite) ?? 0) + 1);
  return numbers;
}

/** What makes a plan another one, though it may have the same files. */
function identityOf(config: Config, selection: Selection, { commit }: PlanOptions): PlanIdentity {
  const lines = selection.files.flatMap(({ id, lines: some }) => some.map((line) => `${id}:${line}`));
  const files = selection.files.map(({ id }) => id);
  const titles = [...new Set(selection.files.map(({ grep }) => grep))];
  return {
    registry: config.hash,
    environment: selection.env,
    'real services': selection.realServices === 'off' ? 'left out' : 'used',
    titles: titles.map((pattern) => pattern ?? 'all').join(', '),
    lines: lines.join(' ') || 'all',
    layers: selection.layers.map(({ name }) => name).join(', ') || 'none',
    commit: commit ?? 'unknown',
    files: createHash('sha256').update(files.join('\n')).digest('hex'),
  };
}

function layersOf(
  { layers }: Config,
  selection: Selection,
  planned: ReadonlyMap<string, unknown>,
): readonly PlannedLayer[] {
  return selection.layers.flatMap(({ name, narrowed }) => {
    const layer = layers.get(name);
    if (layer === undefined) return [];
    const { within, memory, pass } = layer;
    const categories = layer.categories.filter((category) => planned.has(category));
    return [{ name, categories, within, memory, pass: narrowed === null ? pass : null, narrowed }];
  });
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
  const workers = options.workers ?? config.defaults.workers;
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
        memory: suite.memory ?? category?.memory ?? config.defaults.memory,
        grace: suite.grace ?? category?.grace ?? config.defaults.grace,
        retry: options.retries === undefined ? retry : { ...retry, count: options.retries },
        bundle: suite.bundle ?? config.defaults.bundle,
        env: { ...environment, ...suite.env },
        tags: tagsOf(suite, category),
        locks: suite.locks,
        slots: Math.min(suite.slots, workers),
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
            limited: closureOf(needs).flatMap((name) => limitOf(config, name)),
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

const limitOf = ({ services }: Config, service: string): readonly ServiceLimit[] => {
  const limit = services.get(service)?.limit ?? null;
  return limit === null ? [] : [{ service, limit }];
};

/** Whichever of the two says it. */
const conflictsOf = ({ categories }: Config, name: string): readonly string[] =>
  [...categories.values()]
    .filter((other) => other.conflicts.includes(name) || categories.get(name)?.conflicts.includes(other.name))
    .map((other) => other.name);

/** The nearest planned categories before this one: `c after b after a` keeps `c` behind `a` when `b` is not planned. */
function predecessors(
  config: Config,
  name: string,
  planned: ReadonlyMap<string, unknown>,
): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const pending = [...beforeOf(config, name)];
  for (let before = pending.shift(); before !== undefined; before = pending.shift()) {
    if (seen.has(before)) continue;
    seen.add(before);
    if (planned.has(before)) found.add(before);
    else pending.push(...beforeOf(config, before));
  }
  return [...found];
}

/** What the category comes after itself, and by the order of its layer. */
function beforeOf({ categories, layers }: Config, name: string): readonly string[] {
  const layer = [...layers.values()].find((one) => one.categories.includes(name));
  const earlier = (layer?.after ?? []).flatMap((other) => layers.get(other)?.categories ?? []);
  return [...(categories.get(name)?.after ?? []), ...earlier];
}
