/** Services as the registry would have them after normalisation. */
import { join } from 'node:path';
import type {
  Config,
  PostgresServiceConfig,
  ProcessServiceConfig,
  RedisServiceConfig,
} from '../../src/config/index.ts';

export const REPOSITORY = new URL('../../', import.meta.url).pathname;
const PUPPET = join(REPOSITORY, 'test/services/fixtures/service.mjs');

/** What a registry says of deployments and test files where it says nothing. */
export const UNCHECKED: Pick<Config, 'rules' | 'audit' | 'gate'> = {
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
  gate: {
    priorities: ['P0'],
    env: null,
    floors: new Map(),
    pins: new Map(),
    flaky: 0,
    skipped: 0,
    audit: null,
    within: null,
  },
};

const common = { aliases: [], needs: [], readyTimeout: 15_000 };

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
