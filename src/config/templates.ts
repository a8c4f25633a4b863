/** Whether each `${…}` of a registry stands for something where it is written. */
import { MOST_DIAGNOSTICS } from './diagnostic.ts';
import { suggest } from './nearest.ts';
import type { KeyPath } from './places.ts';
import type { Finding, KnownNames } from './references.ts';
import type { Registry, RegistryService } from './schema.ts';
import { describeReference, type OwnField, parseTemplate, type TemplateReference } from './template.ts';

/** What may be used in one place. */
interface Scope {
  /** fields of the service that the text belongs to; null: it belongs to none */
  readonly own: readonly OwnField[] | null;
  /** services that are ready by then; null: none may be named */
  readonly services: readonly string[] | null;
  /** how they get into that list: `needs of "api"` */
  readonly servicesFrom: string;
}

const OWN: Readonly<Record<'postgres' | 'redis' | 'process', readonly OwnField[]>> = {
  postgres: ['url', 'port', 'host', 'user', 'password', 'database'],
  redis: ['url', 'port', 'host', 'user', 'password', 'database'],
  process: ['url', 'ws_url', 'port', 'host', 'dir'],
};

/** Only a user of an access control list has a prefix. */
const hasPrefix = (service: RegistryService): boolean =>
  service.kind === 'redis' && service.isolation === 'acl-prefix';

const fieldsOf = (service: RegistryService): readonly OwnField[] =>
  hasPrefix(service) ? [...OWN[service.kind], 'prefix'] : OWN[service.kind];

export function templateFindings(registry: Registry, known: KnownNames): readonly Finding[] {
  const { services = {}, categories = {}, suites = {}, environments = {} } = registry;
  const findings: Finding[] = [];
  const check = (text: string, path: KeyPath, scope: Scope): void => {
    if (findings.length >= MOST_DIAGNOSTICS) return;
    const finding = inspect(text, path, scope, known, services);
    if (finding !== null) findings.push(finding);
  };
  const checkAll = (
    texts: readonly string[] | Readonly<Record<string, string>> | undefined,
    path: KeyPath,
    scope: Scope,
  ): void => {
    const entries = Array.isArray(texts) ? texts.entries() : Object.entries(texts ?? {});
    for (const [key, text] of entries) check(text, [...path, key], scope);
  };

  for (const [name, service] of Object.entries(services)) {
    const scope: Scope = {
      own: fieldsOf(service),
      services: service.needs ?? [],
      servicesFrom: `needs of "${name}"`,
    };
    const at = (...rest: string[]): KeyPath => ['services', name, ...rest];
    checkAll(service.export, at('export'), scope);
    if (service.kind === 'process') {
      checkAll(service.run, at('run'), scope);
      checkAll(service.env, at('env'), scope);
      for (const run of commandsOf(service)) checkAll(run, at('ready'), scope);
    }
    if (service.kind === 'postgres') {
      for (const key of ['migrate', 'seed'] as const) {
        const step = service[key];
        if (step !== undefined && 'run' in step) checkAll(step.run, at(key, 'run'), scope);
      }
    }
  }
  for (const [name, suite] of Object.entries(suites)) {
    if (suite.env === undefined) continue;
    const needs = [
      ...(suite.needs ?? []),
      ...Object.values(suite.also_needs ?? {}).flat(),
      ...(categories[suite.category]?.needs ?? []),
    ];
    const scope: Scope = {
      own: null,
      services: closure(needs, services),
      servicesFrom: `needs of suite "${name}"`,
    };
    checkAll(suite.env, ['suites', name, 'env'], scope);
  }
  // Read before anything is started: only the variables of the run's own environment exist by then.
  const early: Scope = { own: null, services: null, servicesFrom: '' };
  for (const [name, environment] of Object.entries(environments)) {
    checkAll(environment.env, ['environments', name, 'env'], early);
    for (const [service, { url }] of Object.entries(environment.services ?? {})) {
      check(url, ['environments', name, 'services', service, 'url'], early);
    }
  }
  return findings;
}

type Services = NonNullable<Registry['services']>;

/** The first thing that is wrong in one text. */
function inspect(
  text: string,
  path: KeyPath,
  scope: Scope,
  known: KnownNames,
  services: Services,
): Finding | null {
  const finding = (part: string, message: string, hint: string | null): Finding => ({
    path,
    on: 'value',
    part,
    message,
    hint,
  });
  const parsed = parseTemplate(text);
  if (!parsed.ok) {
    const { start, length, message, hint } = parsed.error;
    return finding(text.slice(start, start + length), message, hint);
  }
  for (const part of parsed.value) {
    if (part.kind === 'text') continue;
    const wrong = refuse(part.reference, scope, known, services);
    if (wrong !== null) return finding(part.source, wrong.message, wrong.hint);
  }
  return null;
}

interface Refusal {
  readonly message: string;
  readonly hint: string | null;
}

function refuse(
  reference: TemplateReference,
  scope: Scope,
  known: KnownNames,
  services: Services,
): Refusal | null {
  switch (reference.kind) {
    case 'env':
      return null;
    case 'own':
      if (scope.own?.includes(reference.field)) return null;
      if (scope.own !== null) {
        return {
          message: `\${${reference.field}} is nothing that this kind of service has`,
          hint: `expected one of: ${scope.own.join(', ')}`,
        };
      }
      return {
        message: `\${${reference.field}} belongs to a service, and there is none here`,
        hint:
          scope.services === null
            ? 'expected ${env.NAME}'
            : `expected \${services.<name>.${reference.field}}`,
      };
    case 'secret':
    case 'run-id':
      return scope.services === null
        ? { message: `${describeReference(reference)} is not known here`, hint: 'expected ${env.NAME}' }
        : null;
    case 'service':
      return refuseService(reference, scope, known, services);
  }
}

function refuseService(
  reference: Extract<TemplateReference, { kind: 'service' }>,
  scope: Scope,
  known: KnownNames,
  services: Services,
): Refusal | null {
  const { service, field } = reference;
  if (!known.services.includes(service)) {
    return { message: `unknown service "${service}"`, hint: suggest(service, known.services) };
  }
  if (scope.services === null) {
    return { message: `\${services.${service}.${field}} is not known here`, hint: 'expected ${env.NAME}' };
  }
  if (!scope.services.includes(service)) {
    return {
      message: `service "${service}" may not be there yet`,
      hint: `add it to the ${scope.servicesFrom}`,
    };
  }
  const target = services[service];
  if (target !== undefined && field !== 'prefix' && !OWN[target.kind].includes(field)) {
    const expected = OWN[target.kind].filter((own) => own !== 'dir').join(', ');
    return { message: `service "${service}" has no ${field}`, hint: `expected one of: ${expected}` };
  }
  if (field === 'prefix' && target !== undefined && !hasPrefix(target)) {
    return {
      message: `service "${service}" has no prefix`,
      hint: 'expected a Redis with isolation: acl-prefix',
    };
  }
  return null;
}

function commandsOf(service: Extract<RegistryService, { kind: 'process' }>): readonly (readonly string[])[] {
  const commands: (readonly string[])[] = [];
  const pending = service.ready === undefined ? [] : [service.ready];
  for (let ready = pending.pop(); ready !== undefined; ready = pending.pop()) {
    if (ready.kind === 'exec') commands.push(ready.run);
    if (ready.kind === 'all' || ready.kind === 'any') pending.push(...ready.of);
  }
  return commands;
}

/** The services and everything that those need in turn. */
function closure(names: readonly string[], services: Services): readonly string[] {
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...(services[name]?.needs ?? []));
  }
  return [...found];
}
