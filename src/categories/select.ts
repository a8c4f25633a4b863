/** Filters to selection: which of the claimed files were asked for, and why a suite was left out all the same. */
import {
  type CategoryConfig,
  type ClaimedFile,
  type Config,
  type Diagnostic,
  type LayerConfig,
  parsePattern,
  type SuiteConfig,
  unplaced,
} from '../config/index.ts';
import { err, type NotSelectedFact, ok, type Result } from '../events/index.ts';
import { applicableIn, withoutUrl } from './elsewhere.ts';
import { ALL, both, type Filter, matching, patternOf, readFilters, type Titles } from './filter/index.ts';
import { type NameKind, type ResolvedNames, resolveNames } from './names.ts';
import { deployedIn, needsClosure } from './needs.ts';
import { byText } from './order.ts';
import { type Disk, type NamedFiles, namedFiles, realDisk } from './paths.ts';
import type { Chosen, Filters, RealServices, SelectedFile, Selection } from './selection.ts';

/**
 * @param files what discovery found
 * @param disk looked at only for the paths that were typed
 * @returns on failure everything that is wrong with the filters; an empty selection is a success
 */
export function select(
  config: Config,
  files: readonly ClaimedFile[],
  filters: Filters,
  disk: Disk = realDisk,
): Result<Selection, readonly Diagnostic[]> {
  const names = resolveNames(config, filters);
  const problems = [...names.problems];
  const places = { config, claimed: files, cwd: filters.cwd, disk };
  const named = namedFiles(filters.tests, places);
  if (!named.ok) problems.push(...named.error);
  if (filters.grep !== null) problems.push(...grepProblems(filters.grep));
  const filter = readFilters(filters.expressions ?? [], places, (file, kind) => namesOf(config, file, kind));
  if (!filter.ok) problems.push(...filter.error);
  if (problems.length > 0 || !named.ok || !filter.ok) return err(problems);

  const wanted = wantedSuites(config, names);
  const titles = new Map(files.map((file) => [file.id, titlesIn(file, filter.value, filters)] as const));
  const asked = files.filter(
    (file) =>
      titles.get(file.id)?.kind !== 'none' &&
      wanted.has(file.suite) &&
      admits(names.services, servicesOf(config, file)) &&
      (filters.tests.length === 0 || named.value.has(file.id)) &&
      chosenOf(filters).every((chosen) => chosen.files.has(file.id)),
  );
  const realServices = realServicesOf(filters, filter.value);
  const deployed = deployedIn(config, names.env);
  const needing = new Map<string, { readonly needs: Set<string>; files: number }>();
  const affordable = asked.filter(({ suite, needs: own }) => {
    const needs = realServices === 'off' ? needsClosure(config, own, deployed) : [];
    if (needs.length === 0) return true;
    const left = needing.get(suite) ?? { needs: new Set<string>(), files: 0 };
    for (const need of needs) left.needs.add(need);
    left.files += 1;
    needing.set(suite, left);
    return false;
  });
  const { applicable, left } = applicableIn(config, names.env, affordable);
  const missing = withoutUrl(config, names.env, applicable);
  if (missing.length > 0) return err(missing);
  const partly = narrowed(config, filters, needing, left);
  return ok({
    env: names.env,
    realServices,
    layers: [...config.layers.values()]
      .filter(({ name }) => names.layers?.has(name))
      .map((layer) => ({ name: layer.name, narrowed: narrowedLayer(layer, filters, partly) })),
    files: applicable.map((file) => ({
      ...selected(file, named.value, chosenOf(filters)),
      grep: patternOf(titles.get(file.id) ?? ALL),
    })),
    notSelected: [...[...needing].map(([suite, needs]) => leftOut(config, suite, needs)), ...left].sort(
      (a, b) => byText(a.suite, b.suite),
    ),
    narrowed: partly,
  });
}

function grepProblems(grep: string): readonly Diagnostic[] {
  if (grep === '') return [unplaced('empty pattern in --grep', { hint: 'expected a regular expression' })];
  const pattern = parsePattern(grep);
  if (pattern.ok) return [];
  const remedy = 'put a "\\" before what is meant as it stands, e.g. "\\("';
  return [unplaced(`invalid regular expression "${grep}": ${pattern.error}`, { remedy })];
}

/** The tests of a file that the expressions and `--grep` mean. */
const titlesIn = (file: ClaimedFile, filter: Filter, { grep }: Filters): Titles =>
  both(filter.of(file), grep === null ? ALL : matching(grep));

function namesOf(config: Config, file: ClaimedFile, kind: NameKind): readonly string[] {
  const suite = config.suites.get(file.suite);
  if (suite === undefined) return [];
  const category = config.categories.get(suite.category);
  switch (kind) {
    case 'category':
      return [suite.category];
    case 'suite':
      return [suite.name];
    case 'service':
      return servicesOf(config, file);
    case 'tag':
      return tagsOf(suite, category);
    case 'priority':
      return prioritiesOf(suite, category);
  }
}

const chosenOf = ({ chosen }: Filters): readonly Chosen[] => chosen ?? [];

/** Naming tests by hand asks for what they need; a category, tag, priority or title alone does not. */
function realServicesOf(filters: Filters, filter: Filter): RealServices {
  const { realServices, services, suites, tests, layers } = filters;
  if (realServices !== null) return realServices ? 'flag' : 'off';
  const byHand = filter.byHand || services.length + suites.length + tests.length + layers.length > 0;
  return byHand || chosenOf(filters).some((chosen) => chosen.services === 'implied') ? 'implied' : 'off';
}

function wantedSuites(config: Config, names: ResolvedNames): ReadonlySet<string> {
  const layered =
    names.layers === null
      ? null
      : new Set([...names.layers].flatMap((layer) => config.layers.get(layer)?.categories ?? []));
  const wanted = [...config.suites.values()].filter((suite) => {
    const category = config.categories.get(suite.category);
    return (
      admits(names.categories, [suite.category]) &&
      admits(layered, [suite.category]) &&
      admits(names.suites, [suite.name]) &&
      admits(names.tags, tagsOf(suite, category)) &&
      admits(names.priorities, prioritiesOf(suite, category))
    );
  });
  return new Set(wanted.map(({ name }) => name));
}

/** Kinds of filters intersect; within one kind any value will do. */
const admits = (filter: ReadonlySet<string> | null, values: readonly string[]): boolean =>
  filter === null || values.some((value) => filter.has(value));

/** What a file's suite is about and all that the file needs, wherever that comes from. */
const servicesOf = (config: Config, { suite, needs }: ClaimedFile): readonly string[] => {
  const about = config.suites.get(suite)?.service ?? null;
  return [...(about === null ? [] : [about]), ...needsClosure(config, needs)];
};

const prioritiesOf = (suite: SuiteConfig, category: CategoryConfig | undefined): readonly string[] =>
  category === undefined ? [suite.priority] : [suite.priority, category.priority];

/** A suite has the tags of its category besides its own. */
export const tagsOf = (suite: SuiteConfig, category: CategoryConfig | undefined): readonly string[] => [
  ...new Set([...suite.tags, ...(category?.tags ?? [])]),
];

function selected(
  { id, path, suite, needs }: ClaimedFile,
  named: NamedFiles,
  chosen: readonly Chosen[],
): Omit<SelectedFile, 'grep'> {
  const lines = [...(named.get(id) ?? [])].sort((a, b) => a - b);
  return { id, path, suite, needs, lines, why: chosen.map(({ files }) => files.get(id) ?? '') };
}

function leftOut(
  config: Config,
  suite: string,
  { needs, files }: { readonly needs: ReadonlySet<string>; readonly files: number },
): NotSelectedFact {
  return {
    suite,
    category: config.suites.get(suite)?.category ?? '',
    files,
    reason: `needs ${[...needs].join(', ')} (real services)`,
    remedy: '--real-services',
  };
}

/** By category, why a part of it is missing: its floor means nothing then. */
function narrowed(
  config: Config,
  filters: Filters,
  needing: ReadonlyMap<string, unknown>,
  notApplicable: readonly NotSelectedFact[],
): ReadonlyMap<string, string> {
  const option = (name: string, values: readonly string[]): readonly string[] =>
    values.length === 0 ? [] : [`${name} ${values.join(',')}`];
  const reasons = [
    ...option('--service', filters.services),
    ...option('--suite', filters.suites),
    ...option('--test-file', filters.tests),
    ...option('--tag', filters.tags),
    ...option('--priority', filters.priorities),
    ...option('--grep', filters.grep === null ? [] : [filters.grep]),
    ...option('--filter', filters.expressions ?? []),
    ...chosenOf(filters).map((chosen) => chosen.option),
  ];
  const entries = [...config.categories.keys()].flatMap((category) => {
    const missing = [...needing.keys()].filter(
      (suite) => config.suites.get(suite)?.category === category,
    ).length;
    const without =
      missing === 0 ? [] : [`${missing} ${missing === 1 ? 'suite needs' : 'suites need'} --real-services`];
    const elsewhere = notApplicable.some((fact) => fact.category === category)
      ? [`--env ${filters.env}`]
      : [];
    const all = [...reasons, ...without, ...elsewhere];
    return all.length === 0 ? [] : [[category, all.join(', ')] as const];
  });
  return new Map(entries);
}

/** Bars are for the whole of a layer. */
function narrowedLayer(
  { categories }: LayerConfig,
  filters: Filters,
  partly: ReadonlyMap<string, string>,
): string | null {
  const left = categories.some((name) => !filters.categories.includes(name));
  const named = filters.categories.length > 0 && left ? [`--category ${filters.categories.join(',')}`] : [];
  const reasons = [...new Set([...named, ...categories.flatMap((name) => partly.get(name) ?? [])])];
  return reasons.length === 0 ? null : reasons.join(', ');
}
