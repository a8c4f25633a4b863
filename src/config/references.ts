/** Whether the names that a registry mentions exist, are unique, and fit together: no circles, no contradictions. */
import { MOST_DIAGNOSTICS } from './diagnostic.ts';
import { suggest } from './nearest.ts';
import { type KeyPath, pathKey } from './places.ts';
import type { Registry } from './schema.ts';

/** Something wrong at a path of the registry; drawn later. */
export interface Finding {
  readonly path: KeyPath;
  readonly on: 'key' | 'value';
  /** the part of the value that is wrong, as it is written; null: all of it */
  readonly part: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Names by section, of everything that the registry mentions, even where the rest of it is wrong. */
export interface KnownNames {
  readonly services: readonly string[];
  /** null: there is no such section, so that the suites name their categories */
  readonly categories: readonly string[] | null;
  readonly environments: readonly string[];
  readonly incidents: readonly string[];
  readonly suites: readonly string[];
  readonly profiles: readonly string[];
  readonly layers: readonly string[];
}

/** What is deployed need not be started for tests: a front end is named by its files alone. */
const deployedNames = ({ environments = {} }: Registry): readonly string[] =>
  Object.values(environments).flatMap(({ deployments = {} }) => Object.keys(deployments));

export function referenceFindings(registry: Registry, known: KnownNames): readonly Finding[] {
  const { services = {}, categories = {}, suites = {}, environments = {}, defaults } = registry;
  const findings: Finding[] = [];
  const owners = aliasOwners(services);
  const categoryNames = known.categories ?? Object.values(suites).map(({ category }) => category);
  // A search for each of thousands of wrong names takes seconds, and only the first mistakes are shown.
  const hintFor = (name: string, names: readonly string[]): string | null =>
    findings.length < MOST_DIAGNOSTICS ? suggest(name, names) : null;
  const expectName = (
    what: string,
    name: string | undefined,
    names: readonly string[],
    path: KeyPath,
  ): void => {
    if (name === undefined || names.includes(name)) return;
    findings.push({
      path,
      on: 'value',
      part: null,
      message: `unknown ${what} "${name}"`,
      hint: hintFor(name, names),
    });
  };
  const expectService = (name: string | undefined, path: KeyPath, on: 'key' | 'value' = 'value'): void => {
    if (name === undefined || known.services.includes(name)) return;
    const owner = owners.get(name) ?? null;
    const hint = owner === null ? hintFor(name, known.services) : `it is an alias; here write "${owner}"`;
    findings.push({ path, on, part: null, message: `unknown service "${name}"`, hint });
  };
  const eachOf = (
    list: readonly string[] | undefined,
    path: KeyPath,
    check: (name: string, path: KeyPath) => void,
  ): void => {
    for (const [index, name] of (list ?? []).entries()) check(name, [...path, index]);
  };

  const ports = new Map<number, string>();
  for (const [name, service] of Object.entries(services)) {
    eachOf(service.needs, ['services', name, 'needs'], expectService);
    findings.push(...portFindings(name, service, ports));
  }
  for (const [name, category] of Object.entries(categories)) {
    eachOf(category.needs, ['categories', name, 'needs'], expectService);
    eachOf(category.after, ['categories', name, 'after'], (other, path) => {
      expectName('category', other, known.categories ?? [], path);
    });
    eachOf(category.conflicts, ['categories', name, 'conflicts'], (other, path) => {
      expectName('category', other, known.categories ?? [], path);
      if (other !== name) return;
      const message = `category "${name}" conflicts with itself`;
      findings.push({ path, on: 'value', part: null, message, hint: 'slots and locks are for its files' });
    });
  }
  for (const [name, suite] of Object.entries(suites)) {
    if (known.categories !== null)
      expectName('category', suite.category, known.categories, ['suites', name, 'category']);
    expectService(suite.service, ['suites', name, 'service']);
    eachOf(suite.needs, ['suites', name, 'needs'], expectService);
    for (const [files, needs] of Object.entries(suite.also_needs ?? {})) {
      eachOf(needs, ['suites', name, 'also_needs', files], expectService);
    }
  }
  for (const [name, environment] of Object.entries(environments)) {
    for (const service of Object.keys(environment.services ?? {})) {
      expectService(service, ['environments', name, 'services', service], 'key');
    }
  }
  expectName('environment', defaults?.env, known.environments, ['defaults', 'env']);
  for (const [name, profile] of Object.entries(registry.profiles ?? {})) {
    expectName('profile', profile.extends, known.profiles, ['profiles', name, 'extends']);
    expectName('environment', profile.env, known.environments, ['profiles', name, 'env']);
    eachOf(profile.categories, ['profiles', name, 'categories'], (other, path) =>
      expectName('category', other, categoryNames, path),
    );
    eachOf(profile.layers, ['profiles', name, 'layers'], (other, path) =>
      expectName('layer', other, known.layers, path),
    );
  }
  for (const [name, layer] of Object.entries(registry.layers ?? {})) {
    eachOf(layer.categories, ['layers', name, 'categories'], (other, path) =>
      expectName('category', other, categoryNames, path),
    );
    eachOf(layer.after, ['layers', name, 'after'], (other, path) =>
      expectName('layer', other, known.layers, path),
    );
  }
  expectName('environment', registry.gate?.env, known.environments, ['gate', 'env']);
  for (const suite of Object.keys(registry.gate?.floors ?? {}))
    expectName('suite', suite, known.suites, ['gate', 'floors', suite]);
  for (const service of Object.keys(registry.gate?.pins ?? {}))
    expectService(service, ['gate', 'pins', service], 'key');
  for (const [name, mutation] of Object.entries(registry.proof?.mutations ?? {}))
    eachOf(mutation.services, ['proof', 'mutations', name, 'services'], expectService);
  eachOf(registry.proof?.switches?.services, ['proof', 'switches', 'services'], expectService);
  const deployable = [...new Set([...known.services, ...deployedNames(registry)])];
  for (const [variable, rules] of Object.entries(registry.rules ?? {})) {
    for (const [index, rule] of rules.entries()) {
      // A single rule is written without a list.
      const at = rules.length === 1 ? [] : [index];
      const path = (key: string): KeyPath => ['rules', variable, ...at, key];
      eachOf(rule.services, path('services'), (name, at) => expectName('service', name, deployable, at));
      eachOf(rule.environments, path('environments'), (name, at) =>
        expectName('environment', name, known.environments, at),
      );
      expectName('incident', rule.incident, known.incidents, path('incident'));
    }
  }

  return [...findings, ...ambiguousNames(services), ...unenforceable(services), ...circles(registry)];
}

type Services = NonNullable<Registry['services']>;

/** Alias → the first service that has it. */
function aliasOwners(services: Services): ReadonlyMap<string, string> {
  const all = Object.entries(services).flatMap(([name, { aliases = [] }]) =>
    aliases.map((alias) => [alias, name] as const),
  );
  return new Map(all.reverse());
}

/** An alias must mean one service. */
function ambiguousNames(services: Services): readonly Finding[] {
  const owners = new Map<string, string>(Object.keys(services).map((name) => [name, name]));
  const findings: Finding[] = [];
  for (const [name, service] of Object.entries(services)) {
    for (const [index, alias] of (service.aliases ?? []).entries()) {
      const owner = owners.get(alias);
      if (owner === undefined) {
        owners.set(alias, name);
        continue;
      }
      const message = `alias "${alias}" is taken`;
      const hint = owner === alias ? `service "${owner}" has that name` : `service "${owner}" has it`;
      findings.push({ path: ['services', name, 'aliases', index], on: 'value', part: null, message, hint });
    }
  }
  return findings;
}

/** What only the file could answer for that was the last to use it. */
function unenforceable(services: Services): readonly Finding[] {
  return Object.entries(services).flatMap(([name, service]) => {
    if (service.kind !== 'process' || service.enforce_graceful_stop !== true) return [];
    const { scope = 'file' } = service;
    if (scope === 'file') return [];
    const message = `"${name}" has scope ${scope}: it does not stop after a file that could fail for it`;
    const hint = 'leave it out, or write scope: file';
    return { path: ['services', name, 'enforce_graceful_stop'], on: 'value', part: null, message, hint };
  });
}

function circles({ services = {}, categories = {} }: Registry): readonly Finding[] {
  const needs = new Map(Object.entries(services).map(([name, service]) => [name, service.needs ?? []]));
  const after = new Map(Object.entries(categories).map(([name, category]) => [name, category.after ?? []]));
  const finding = (path: KeyPath, what: string, circle: readonly string[]): Finding => ({
    path,
    on: 'value',
    part: null,
    message: `${what}: ${shownCircle(circle)}`,
    hint: 'expected no circle',
  });
  return [
    ...findCircles(needs).map((circle) =>
      finding(['services', circle[0] ?? '', 'needs'], 'services need each other in a circle', circle),
    ),
    ...findCircles(after).map((circle) =>
      finding(['categories', circle[0] ?? '', 'after'], 'categories wait for each other in a circle', circle),
    ),
  ];
}

/** Long ones lose their middle. */
export const shownCircle = (circle: readonly string[]): string =>
  (circle.length > 12 ? [...circle.slice(0, 8), '…', ...circle.slice(-3)] : circle).join(' → ');

/** One circle for each edge that closes one, first name repeated at the end: `[a, b, a]`. Depth first, without recursion. */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>();
  const done = new Set<string>();
  for (const start of edges.keys()) {
    if (done.has(start)) continue;
    const trail: { readonly name: string; next: number }[] = [{ name: start, next: 0 }];
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const target = (edges.get(top.name) ?? [])[top.next];
      top.next += 1;
      if (target === undefined) {
        done.add(top.name);
        trail.pop();
        continue;
      }
      const from = trail.findIndex(({ name }) => name === target);
      if (from !== -1) {
        const circle = trail.slice(from).map(({ name }) => name);
        found.set(pathKey([...circle].sort()), [...circle, target]);
      } else if (!done.has(target) && edges.has(target)) trail.push({ name: target, next: 0 });
    }
  }
  return [...found.values()];
}

/** @param ports of the services before it, and then its own too */
function portFindings(
  name: string,
  { fixed_port: port, limit = 1, ...service }: NonNullable<Registry['services']>[string],
  ports: Map<number, string>,
): readonly Finding[] {
  if (port === undefined) return [];
  const found = (key: string, message: string): Finding => ({
    path: ['services', name, key],
    on: 'value',
    part: null,
    message,
    hint: null,
  });
  const owner = ports.get(port);
  ports.set(port, name);
  return [
    ...(owner === undefined ? [] : [found('fixed_port', `port ${port} is that of "${owner}" already`)]),
    ...(limit === 1
      ? []
      : [found('limit', 'expected no "limit" but 1 with fixed_port: its files take turns')]),
    ...(service.kind === 'process' && service.evidence === 'none'
      ? [
          found(
            'fixed_port',
            'expected no "evidence: none" with fixed_port: tests reach it through the runner',
          ),
        ]
      : []),
  ];
}
