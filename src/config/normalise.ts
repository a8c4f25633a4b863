/** A registry without mistakes → `Config`: defaults filled in, paths absolute, lists without repetition. */
import { basename, resolve } from 'node:path';
import { fileId } from '../events/index.ts';
import type {
  CategoryConfig,
  Config,
  EnvironmentConfig,
  Guard,
  IncidentConfig,
  PostgresMigration,
  ServiceConfig,
  SuiteConfig,
} from './config.ts';
import { exportsOf, urlEnvOf } from './exports.ts';
import { toLayers } from './layers.ts';
import { toAudit, toGate, toProof, toRule } from './normalise-rules.ts';
import type { QuarantineConfig, RetryPolicy } from './policies.ts';
import { toProfiles } from './profiles.ts';
import type { Registry, RegistryService } from './schema.ts';
import { toNamedSla, toSla } from './sla.ts';
import { workersOf } from './workers.ts';

const FILE_TIMEOUT = 60_000;
const FILE_GRACE = 2_000;
const NO_RETRY: RetryPolicy = { count: 0, backoff: 'fixed', delay: 0, isolated: false };
const READY_TIMEOUT = 30_000;
const STOP_GRACE = 5_000;

export interface Origin {
  readonly path: string;
  readonly root: string;
  readonly hash: string;
}

export function normalise(registry: Registry, origin: Origin): Config {
  const { services = {}, suites = {}, environments = {}, defaults = {} } = registry;
  // Without the section every category that a suite names is one, with the defaults of one.
  const named = Object.fromEntries(Object.values(suites).map(({ category }) => [category, {}]));
  const categories: NonNullable<Registry['categories']> = registry.categories ?? named;
  return {
    ...origin,
    name: registry.name ?? (basename(origin.root) || 'tests'),
    defaults: {
      workers: workersOf(defaults.workers ?? 'auto'),
      timeout: defaults.timeout ?? FILE_TIMEOUT,
      idleTimeout: defaults.idle_timeout ?? null,
      slowAfter: defaults.slow_after ?? null,
      memory: defaults.memory ?? null,
      grace: defaults.grace ?? FILE_GRACE,
      retries: defaults.retries ?? NO_RETRY,
      failFast: defaults.fail_fast ?? { kind: 'dependency' },
      maxSkipped: defaults.max_skipped ?? null,
      bundle: defaults.bundle ?? 'auto',
      sla: defaults.sla ?? 'warn',
      env: defaults.env ?? 'test',
      reports: defaults.reports ?? [],
    },
    services: mapValues(services, (name, service) => toService(name, service, origin.root)),
    categories: mapValues(categories, toCategory),
    suites: mapValues(suites, (name, suite) => toSuite(name, suite, categories[suite.category], origin.root)),
    environments: mapValues({ test: {}, ...environments }, (name, environment) =>
      toEnvironment(name, environment, origin.root),
    ),
    layers: toLayers(registry),
    profiles: toProfiles(registry.profiles),
    incidents: mapValues(registry.incidents ?? {}, toIncident),
    rules: Object.entries(registry.rules ?? {}).flatMap(([variable, rules]) =>
      rules.map((rule) => toRule(variable, rule)),
    ),
    quarantine: mapValues(registry.quarantine ?? {}, toQuarantine),
    sla: mapValues(registry.sla ?? {}, toNamedSla),
    audit: toAudit(registry.audit, origin.root),
    proof: toProof(registry.proof),
    gate: toGate(registry.gate),
    ignore: registry.ignore ?? [],
  };
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  convert: (name: string, value: In) => Out,
): ReadonlyMap<string, Out> {
  return new Map(Object.entries(record).map(([name, value]) => [name, convert(name, value)]));
}

const unique = (list: readonly string[]): readonly string[] => [...new Set(list)];

function toService(name: string, service: RegistryService, root: string): ServiceConfig {
  const base = {
    name,
    aliases: unique(service.aliases ?? []),
    needs: unique(service.needs ?? []),
    limit: service.fixed_port === undefined ? (service.limit ?? null) : 1,
    fixedPort: service.fixed_port ?? null,
    urlEnv: urlEnvOf(name, service),
    watches: service.watches ?? [],
    readyTimeout: service.ready_timeout ?? READY_TIMEOUT,
    exports: exportsOf(name, service),
  };
  switch (service.kind) {
    case 'postgres':
      return {
        ...base,
        kind: 'postgres',
        version: service.version ?? null,
        migrate: toMigration(service.migrate),
        seed: toMigration(service.seed),
        isolation: service.isolation ?? 'database',
        parallel: service.parallel ?? false,
        settings: service.settings ?? {},
        image: service.image ?? null,
      };
    case 'redis':
      return {
        ...base,
        kind: 'redis',
        version: service.version ?? null,
        isolation: service.isolation ?? null,
        image: service.image ?? null,
      };
    case 'process':
      return {
        ...base,
        kind: 'process',
        run: service.run,
        cwd: resolve(root, service.cwd ?? '.'),
        env: service.env ?? {},
        scope: service.scope ?? 'file',
        ready: service.ready ?? { kind: 'tcp' },
        stop: { signal: service.stop?.signal ?? 'SIGTERM', grace: service.stop?.grace ?? STOP_GRACE },
        evidence: service.evidence ?? 'gate',
        restarts: toRestarts(service.restart),
        enforceGracefulStop: service.enforce_graceful_stop ?? false,
      };
  }
}

const RESTARTS = 3;

type RestartInput = Extract<RegistryService, { kind: 'process' }>['restart'];

function toRestarts(restart: RestartInput): number {
  if (restart === undefined || restart === 'never') return 0;
  return restart === 'on-failure' ? RESTARTS : restart.on_failure;
}

type MigrationInput = Extract<RegistryService, { kind: 'postgres' }>['migrate'];

function toMigration(migrate: MigrationInput): PostgresMigration | null {
  if (migrate === undefined) return null;
  if ('files' in migrate) return { kind: 'sql', files: migrate.files };
  return { kind: 'command', run: migrate.run, inputs: migrate.inputs };
}

type CategoryInput = NonNullable<Registry['categories']>[string];

function toCategory(name: string, category: CategoryInput): CategoryConfig {
  return {
    name,
    description: category.description ?? '',
    priority: category.priority ?? 'medium',
    after: unique(category.after ?? []),
    conflicts: unique(category.conflicts ?? []),
    needs: unique(category.needs ?? []),
    timeout: category.timeout ?? null,
    idleTimeout: category.idle_timeout ?? null,
    slowAfter: category.slow_after ?? null,
    memory: category.memory ?? null,
    grace: category.grace ?? null,
    retries: category.retries ?? null,
    floor: category.floor ?? null,
    maxSkipped: category.max_skipped ?? null,
    sla: category.sla === undefined ? null : toSla(category.sla),
    tags: unique(category.tags ?? []),
  };
}

function toSuite(
  name: string,
  suite: NonNullable<Registry['suites']>[string],
  category: CategoryInput | undefined,
  root: string,
): SuiteConfig {
  return {
    name,
    title: suite.title ?? name,
    category: suite.category,
    service: suite.service ?? null,
    priority: suite.priority ?? 'P2',
    files: suite.files ?? null,
    adapter: suite.adapter ?? 'node',
    command: { cwd: resolve(root, suite.cwd ?? '.'), run: suite.run ?? null, report: suite.report ?? [] },
    needs: unique([...(suite.needs ?? []), ...(category?.needs ?? [])]),
    alsoNeeds: Object.entries(suite.also_needs ?? {}).map(([files, needs]) => ({
      files,
      needs: unique(needs),
    })),
    tags: unique(suite.tags ?? []),
    slots: suite.slots ?? 1,
    locks: suite.locks ?? [],
    timeout: suite.timeout ?? null,
    idleTimeout: suite.idle_timeout ?? null,
    slowAfter: suite.slow_after ?? null,
    memory: suite.memory ?? null,
    grace: suite.grace ?? null,
    retries: suite.retries ?? null,
    maxSkipped: suite.max_skipped ?? null,
    sla: suite.sla === undefined ? null : toSla(suite.sla),
    bundle: suite.bundle ?? null,
    faults: suite.faults ?? false,
    env: suite.env ?? {},
    blackBox: suite.black_box ?? [],
    writes: suite.writes ?? true,
    watches: suite.watches ?? [],
  };
}

function toIncident(id: string, incident: NonNullable<Registry['incidents']>[string]): IncidentConfig {
  const { symptom, cause, value, remedy, guards } = incident;
  return { id, symptom, cause, value: value ?? null, remedy: remedy ?? null, guards: guards.map(toGuard) };
}

function toQuarantine(
  test: string,
  { owner, reason, expires }: NonNullable<Registry['quarantine']>[string],
): QuarantineConfig {
  const [file = '', ...titles] = test.split(' > ');
  return {
    file: fileId(file),
    title: titles.length === 0 ? null : titles.join(' > '),
    owner,
    reason,
    expires,
  };
}

/** The schema has seen to the separator. */
function toGuard(text: string): Guard {
  const [file = '', ...titles] = text.split(' > ');
  return { file: fileId(file), title: titles.join(' > ') };
}

function toEnvironment(
  name: string,
  environment: NonNullable<Registry['environments']>[string],
  root: string,
): EnvironmentConfig {
  const services = Object.entries(environment.services ?? {}).map(([service, { url }]) => [service, url]);
  return {
    name,
    env: environment.env ?? {},
    services: Object.fromEntries(services),
    deployed: environment.deployed ?? false,
    refusesWrites: environment.writes === 'refused',
    consent: environment.consent ?? false,
    deployments: mapValues(environment.deployments ?? {}, (_, files) =>
      files.map((file) => resolve(root, file)),
    ),
  };
}
