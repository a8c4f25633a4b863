/** Names as typed on the command line → names of the registry. A name that means nothing is never passed over. */
import {
  type Config,
  type Diagnostic,
  PRIORITIES,
  SUITE_PRIORITIES,
  suggest,
  unplaced,
} from '../config/index.ts';
import { byText } from './order.ts';
import type { Filters } from './selection.ts';

/** Each set holds names that exist; null: no such filter. */
export interface ResolvedNames {
  readonly categories: ReadonlySet<string> | null;
  readonly services: ReadonlySet<string> | null;
  readonly suites: ReadonlySet<string> | null;
  readonly tags: ReadonlySet<string> | null;
  readonly layers: ReadonlySet<string> | null;
  readonly priorities: ReadonlySet<string> | null;
  readonly env: string;
  readonly problems: readonly Diagnostic[];
}

/** How many names a message lists besides a suggestion. */
const LISTED = 12;

export type NameKind = 'category' | 'service' | 'suite' | 'tag' | 'priority';

/** What may be typed → what it means, by kind. */
export const knownNames = (config: Config): Readonly<Record<NameKind, ReadonlyMap<string, string>>> => ({
  category: themselves(config.categories.keys()),
  service: withAliases(config),
  suite: themselves(config.suites.keys()),
  tag: themselves(tagsOf(config)),
  priority: themselves([...SUITE_PRIORITIES, ...PRIORITIES]),
});

export function resolveNames(config: Config, filters: Filters): ResolvedNames {
  const known = knownNames(config);
  const problems: Diagnostic[] = [];
  const resolve = (
    typed: readonly string[],
    what: string,
    option: string,
    meanings: ReadonlyMap<string, string>,
  ) => {
    if (typed.length === 0) return null;
    const meant = new Set<string>();
    for (const name of typed) {
      const meaning = meanings.get(name);
      if (meaning === undefined) problems.push(unknownName(name, what, option, [...meanings.keys()]));
      else meant.add(meaning);
    }
    return meant;
  };
  const env = filters.env ?? config.defaults.env;
  return {
    categories: resolve(filters.categories, 'category', '--category', known.category),
    services: resolve(filters.services, 'service', '--service', known.service),
    suites: resolve(filters.suites, 'suite', '--suite', known.suite),
    tags: resolve(filters.tags, 'tag', '--tag', known.tag),
    priorities: resolve(filters.priorities, 'priority', '--priority', known.priority),
    layers: resolve(filters.layers, 'layer', '--layer', themselves(config.layers.keys())),
    env:
      [...(resolve([env], 'environment', '--env', themselves(config.environments.keys())) ?? [])][0] ?? env,
    problems,
  };
}

const themselves = (names: Iterable<string>): ReadonlyMap<string, string> =>
  new Map([...names].map((name) => [name, name]));

function withAliases(config: Config): ReadonlyMap<string, string> {
  const services = [...config.services.values()];
  return new Map([
    ...services.map(({ name }) => [name, name] as const),
    ...services.flatMap(({ name, aliases }) => aliases.map((alias) => [alias, name] as const)),
  ]);
}

function tagsOf(config: Config): readonly string[] {
  const owners = [...config.suites.values(), ...config.categories.values()];
  return [...new Set(owners.flatMap(({ tags }) => tags))].sort(byText);
}

export function unknownName(
  name: string,
  what: string,
  option: string,
  known: readonly string[],
): Diagnostic {
  if (name === '') {
    // Most likely an unset variable of a script: taking it for "no filter" would run everything.
    return unplaced(`empty name in ${option}`, { hint: `expected the name of a ${what}` });
  }
  const hint = suggest(name, known);
  const none = known.length === 0 ? `the registry has no ${what}` : null;
  // The list is the remedy where the hint is a single name.
  const all =
    known.length > 0 && known.length <= LISTED && hint?.startsWith('did you')
      ? `there are: ${known.join(', ')}`
      : null;
  return unplaced(`unknown ${what} "${name}"`, { hint: hint ?? none, remedy: all });
}
