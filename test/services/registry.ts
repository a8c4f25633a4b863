/** Services as the registry would have them after normalisation. */
import { join } from 'node:path';
import type {
  Config,
  EnvironmentConfig,
  PostgresServiceConfig,
  ProcessServiceConfig,
  RedisServiceConfig,
  ServiceConfig,
} from '../../src/config/index.ts';

export const REPOSITORY = new URL('../../', import.meta.url).pathname;
const PUPPET = join(REPOSITORY, 'test/services/fixtures/service.mjs');

/** What a registry says of deployments and test files where it says nothing. */
const UNCHECKED: Pick<Config, 'rules' | 'audit' | 'proof' | 'gate'> = {
  rules: [],
  audit: {
    files: [],
    rules: [],
    helpers: [],
    levels: new Map(),
    limits: { file: 400, function: 50 },
    tags: [],
    allow: [],
    baseline: null,
    threshold: null,
  },
  proof: { vacuous: 'warn', build: null, mutations: [], switches: null },
  gate: {
    priorities: ['P0'],
    env: null,
    floors: new Map(),
    pins: new Map(),
    flaky: 0,
    skipped: 0,
    audit: null,
    proof: null,
    within: null,
  },
};

/** A registry of nothing but these services, with every default. @param root absolute */
export const registryOf = (services: readonly ServiceConfig[], root: string = REPOSITORY): Config => ({
  path: join(root, 'runner.config.yaml'),
  root,
  hash: '',
  name: 'test',
  defaults: {
    workers: 1,
    timeout: 60_000,
    idleTimeout: null,
    slowAfter: null,
    memory: null,
    grace: 2_000,
    retries: { count: 0, backoff: 'fixed', delay: 0, isolated: false },
    failFast: { kind: 'dependency' },
    maxSkipped: null,
    bundle: 'auto',
    sla: 'warn',
    env: 'test',
    reports: [],
  },
  services: new Map(services.map((one) => [one.name, one])),
  categories: new Map(),
  profiles: new Map(),
  layers: new Map(),
  suites: new Map(),
  environments: new Map(),
  incidents: new Map(),
  ...UNCHECKED,
  quarantine: new Map(),
  sla: new Map(),
  ignore: [],
});

/** The environment that a registry has without naming one. */
export const ENVIRONMENT: EnvironmentConfig = {
  name: 'test',
  env: {},
  services: {},
  deployed: false,
  refusesWrites: false,
  consent: false,
  deployments: new Map(),
};

const common = { aliases: [], needs: [], limit: null, fixedPort: null, watches: [], readyTimeout: 15_000 };

export const postgres = (more: Partial<PostgresServiceConfig> = {}): PostgresServiceConfig => ({
  ...common,
  kind: 'postgres',
  name: 'postgres',
  urlEnv: 'RUNNER_POSTGRES_URL',
  version: null,
  image: null,
  migrate: null,
  seed: null,
  isolation: 'database',
  parallel: false,
  settings: {},
  exports: { DATABASE_URL: '${url}' },
  ...more,
});

export const redis = (more: Partial<RedisServiceConfig> = {}): RedisServiceConfig => ({
  ...common,
  kind: 'redis',
  name: 'redis',
  urlEnv: 'RUNNER_REDIS_URL',
  version: null,
  isolation: null,
  image: null,
  exports: { REDIS_URL: '${url}' },
  ...more,
});

/** @param words of the puppet service: a mode and its argument */
export const service = (
  words: readonly string[],
  more: Partial<ProcessServiceConfig> = {},
): ProcessServiceConfig => ({
  ...common,
  kind: 'process',
  name: 'app',
  urlEnv: 'RUNNER_APP_URL',
  run: ['node', PUPPET, ...words],
  cwd: REPOSITORY,
  env: {},
  scope: 'file',
  ready: { kind: 'http', path: '/health', expect: null },
  stop: { signal: 'SIGTERM', grace: 5000 },
  // most tests look at the process itself, at its own address
  evidence: 'none',
  restarts: 0,
  enforceGracefulStop: false,
  exports: { APP_URL: '${url}' },
  ...more,
});
