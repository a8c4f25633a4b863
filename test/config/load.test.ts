import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/index.ts';
import {
  expectConfig,
  expectDiagnostics,
  loadText,
  SAMPLE,
  temporaryFolder,
  writeFiles,
} from './registry.ts';

const folder = temporaryFolder();

test('a realistic registry is normalised: defaults filled in, durations in ms, lists lists, paths absolute', () => {
  const root = join(folder, 'sample');
  writeFiles(root, { 'runner.config.yaml': SAMPLE });
  const config = expectConfig(loadConfig({ cwd: root, env: {} }));

  assert.equal(config.path, join(root, 'runner.config.yaml'));
  assert.equal(config.root, root);
  assert.equal(config.hash, createHash('sha256').update(SAMPLE).digest('hex'));
  assert.equal(config.name, 'netra');
  assert.deepEqual(config.defaults, {
    workers: 2,
    timeout: 60_000,
    idleTimeout: null,
    slowAfter: null,
    memory: null,
    maxSkipped: null,
    grace: 2_000,
    retries: { count: 0, backoff: 'fixed', delay: 0, isolated: false },
    failFast: { kind: 'dependency' },
    bundle: 'auto',
    sla: 'warn',
    env: 'test',
    reports: [],
  });
  assert.deepEqual(config.ignore, ['test/fixtures/**']);
  assert.deepEqual([...config.services.keys()], ['postgres', 'redis', 'auth', 'llm', 'backend']);

  assert.deepEqual(config.services.get('postgres'), {
    name: 'postgres',
    kind: 'postgres',
    aliases: [],
    limit: null,
    fixedPort: null,
    needs: [],
    urlEnv: 'RUNNER_POSTGRES_URL',
    watches: [],
    readyTimeout: 30_000,
    exports: { DATABASE_URL: '${url}' },
    version: '>=15',
    image: null,
    migrate: { kind: 'sql', files: ['platform/migrations/*.sql'] },
    seed: null,
    isolation: 'database',
    parallel: false,
    settings: {},
  });
  assert.deepEqual(config.services.get('redis'), {
    name: 'redis',
    kind: 'redis',
    aliases: [],
    limit: null,
    fixedPort: null,
    needs: [],
    urlEnv: 'RUNNER_REDIS_URL',
    watches: [],
    readyTimeout: 30_000,
    exports: { REDIS_URL: '${url}' },
    version: null,
    image: null,
    isolation: null,
  });
  assert.deepEqual(config.services.get('auth'), {
    name: 'auth',
    kind: 'process',
    scope: 'file',
    aliases: ['auth_service'],
    limit: null,
    fixedPort: null,
    needs: ['postgres', 'redis'],
    urlEnv: 'RUNNER_AUTH_URL',
    watches: [],
    readyTimeout: 30_000,
    exports: { AUTH_URL: 'http://127.0.0.1:${port}' },
    run: ['node', 'dist/platform/auth.mjs'],
    cwd: root,
    env: {
      ENVIRONMENT: 'test',
      PORT: '${port}',
      RATE: '1.10',
      SERVICE_SECRET: '${secret.service}',
      JWT_SECRET_KEY: '${secret.jwt}',
    },
    ready: { kind: 'http', path: '/health/ready', expect: null },
    stop: { signal: 'SIGTERM', grace: 5_000 },
    evidence: 'gate',
    restarts: 0,
    enforceGracefulStop: false,
  });
  assert.deepEqual(config.services.get('llm'), {
    name: 'llm',
    kind: 'process',
    scope: 'file',
    aliases: [],
    limit: null,
    fixedPort: null,
    needs: [],
    urlEnv: 'RUNNER_LLM_URL',
    watches: [],
    readyTimeout: 30_000,
    exports: { LLM_URL: '${url}' },
    run: ['node', 'dist/platform/llm.mjs', '--port', '${port}'],
    cwd: root,
    env: {},
    ready: { kind: 'tcp' },
    stop: { signal: 'SIGTERM', grace: 5_000 },
    evidence: 'gate',
    restarts: 0,
    enforceGracefulStop: false,
  });
  assert.deepEqual(config.services.get('backend'), {
    name: 'backend',
    kind: 'process',
    scope: 'file',
    aliases: ['backend_service', 'api'],
    limit: null,
    fixedPort: null,
    needs: ['postgres', 'redis', 'auth', 'llm'],
    urlEnv: 'RUNNER_BACKEND_URL',
    watches: [],
    readyTimeout: 60_000,
    exports: { BACKEND_URL: '${url}', WS_URL: '${ws_url}/ws' },
    run: ['node', 'dist/platform/backend.mjs'],
    cwd: join(root, 'platform'),
    env: { AUTH_SERVICE_URL: '${services.auth.url}', SERVICE_ID: 'netra-backend' },
    ready: {
      kind: 'all',
      of: [
        { kind: 'http', path: '/health/ready', expect: 200 },
        { kind: 'ws', path: '/ws', expect: 401 },
      ],
    },
    stop: { signal: 'SIGINT', grace: 2_500 },
    evidence: 'gate',
    restarts: 0,
    enforceGracefulStop: false,
  });

  assert.deepEqual(config.categories.get('integration'), {
    name: 'integration',
    description: 'Real services, real traffic',
    priority: 'medium',
    after: ['unit'],
    conflicts: [],
    needs: [],
    timeout: 90_000,
    idleTimeout: null,
    slowAfter: null,
    memory: null,
    maxSkipped: null,
    grace: null,
    retries: null,
    floor: 217,
    sla: null,
    tags: [],
  });
  assert.deepEqual(config.suites.get('database'), {
    name: 'database',
    title: 'database',
    category: 'integration',
    service: 'postgres',
    priority: 'P1',
    files: ['suites/database/**/*.test.ts', '!suites/database/slow/**'],
    adapter: 'node',
    command: { cwd: config.root, run: null, report: [] },
    needs: ['postgres'],
    tags: [],
    slots: 1,
    locks: [],
    timeout: 120_000,
    idleTimeout: null,
    slowAfter: null,
    memory: null,
    maxSkipped: null,
    grace: null,
    retries: null,
    sla: null,
    bundle: 'off',
    faults: false,
    env: { POOL: '4' },
    alsoNeeds: [],
    blackBox: [],
    writes: true,
    watches: [],
  });
  assert.deepEqual(config.suites.get('events')?.files, ['test/events/*.test.ts']);
  assert.deepEqual(
    config.suites.get('journeys')?.needs,
    ['backend'],
    'a suite needs what its category needs',
  );
  assert.deepEqual(
    [...config.environments.values()],
    [
      {
        name: 'test',
        env: {},
        services: {},
        deployed: false,
        refusesWrites: false,
        consent: false,
        deployments: new Map(),
      },
      {
        name: 'staging',
        env: { REGION: '${env.REGION:-eu}' },
        services: { auth: '${env.STAGING_AUTH_URL}', backend: '${env.STAGING_BACKEND_URL}' },
        deployed: false,
        refusesWrites: false,
        consent: false,
        deployments: new Map(),
      },
      {
        name: 'prod',
        env: {},
        services: {},
        deployed: false,
        refusesWrites: false,
        consent: true,
        deployments: new Map(),
      },
    ],
  );
});

test('one line is a registry: name from the folder, environment test, everything else empty', () => {
  const config = expectConfig(loadText(folder, 'version: 1\n'));
  assert.equal(config.name, basename(config.root));
  assert.deepEqual(config.defaults, {
    workers: availableParallelism(),
    timeout: 60_000,
    idleTimeout: null,
    slowAfter: null,
    memory: null,
    maxSkipped: null,
    grace: 2_000,
    retries: { count: 0, backoff: 'fixed', delay: 0, isolated: false },
    failFast: { kind: 'dependency' },
    bundle: 'auto',
    sla: 'warn',
    env: 'test',
    reports: [],
  });
  assert.deepEqual([...config.environments.keys()], ['test']);
  assert.deepEqual([config.services.size, config.categories.size, config.suites.size], [0, 0, 0]);
});

test('without a categories section the suites name their categories', () => {
  const config = expectConfig(
    loadText(folder, 'version: 1\nsuites:\n  a: { category: unit, files: a/*.test.ts }\n'),
  );
  assert.deepEqual(
    [...config.categories.values()],
    [
      {
        name: 'unit',
        description: '',
        priority: 'medium',
        after: [],
        conflicts: [],
        needs: [],
        timeout: null,
        idleTimeout: null,
        slowAfter: null,
        memory: null,
        maxSkipped: null,
        grace: null,
        retries: null,
        floor: null,
        sla: null,
        tags: [],
      },
    ],
  );
});

test('a share of the cores is at least one worker', () => {
  const config = expectConfig(loadText(folder, 'version: 1\ndefaults: { workers: 1% }\n'));
  assert.equal(config.defaults.workers, Math.max(1, Math.floor(availableParallelism() / 100)));
  const more = expectConfig(loadText(folder, 'version: 1\ndefaults: { workers: 150% }\n'));
  assert.equal(more.defaults.workers, Math.floor(availableParallelism() * 1.5));
});

test('a command that migrates, every way to be ready, anchors and merge keys', () => {
  const config = expectConfig(
    loadText(
      folder,
      `version: 1
services:
  pg: { kind: postgres, version: 16.10, migrate: { run: alembic upgrade head, inputs: api/migrations/** }, url_env: PG }
  web-front: &web
    kind: process
    run: [sh, -c, 'echo "a b" && exec ./server']
    needs: pg
    env: { PORT: 8080, ON: true, NONE: "", URL: "\${services.pg.url}" }
    ready: { any: [{ log: 'listening on \\d+' }, { exec: [./ready, "\${port}"] }, { tcp: true }] }
  web2: { <<: *web, env: { PORT: 1 }, export: {} }
`,
    ),
  );
  const pg = config.services.get('pg');
  assert.ok(pg?.kind === 'postgres');
  assert.equal(pg.version, '16.10');
  assert.equal(pg.urlEnv, 'PG');
  assert.deepEqual(pg.migrate, {
    kind: 'command',
    run: ['alembic', 'upgrade', 'head'],
    inputs: ['api/migrations/**'],
  });
  const web = config.services.get('web-front');
  assert.ok(web?.kind === 'process');
  assert.deepEqual(web.run, ['sh', '-c', 'echo "a b" && exec ./server'], 'F20: a list is passed on as it is');
  assert.deepEqual(web.env, { PORT: '8080', ON: 'true', NONE: '', URL: '${services.pg.url}' });
  assert.deepEqual(web.exports, { WEB_FRONT_URL: '${url}' });
  assert.equal(web.urlEnv, 'RUNNER_WEB_FRONT_URL');
  assert.deepEqual(web.ready, {
    kind: 'any',
    of: [
      { kind: 'log', pattern: 'listening on \\d+' },
      { kind: 'exec', run: ['./ready', '${port}'] },
      { kind: 'tcp' },
    ],
  });
  const second = config.services.get('web2');
  assert.ok(second?.kind === 'process');
  assert.deepEqual(second.run, web.run);
  assert.deepEqual(second.env, { PORT: '1' });
  assert.deepEqual(second.exports, {});
});

test('the registry is found in the nearest folder upward, under either ending', () => {
  const root = join(folder, 'upward');
  writeFiles(root, {
    'runner.config.yml': 'version: 1\nname: outer\n',
    'a/runner.config.yaml': 'version: 1\nname: inner\n',
  });
  mkdirSync(join(root, 'a/b/c'), { recursive: true });
  mkdirSync(join(root, 'd'));
  assert.equal(expectConfig(loadConfig({ cwd: join(root, 'a/b/c'), env: {} })).name, 'inner');
  assert.equal(expectConfig(loadConfig({ cwd: join(root, 'd'), env: {} })).name, 'outer');
});

test('--config comes before RUNNER_CONFIG, which comes before the search', () => {
  const root = join(folder, 'order');
  writeFiles(root, {
    'runner.config.yaml': 'version: 1\nname: found\n',
    'named.yaml': 'version: 1\nname: named\n',
    'variable.yaml': 'version: 1\nname: variable\n',
  });
  const env = { RUNNER_CONFIG: 'variable.yaml' };
  assert.equal(expectConfig(loadConfig({ path: 'named.yaml', cwd: root, env })).name, 'named');
  assert.equal(expectConfig(loadConfig({ cwd: root, env })).name, 'variable');
  assert.equal(expectConfig(loadConfig({ cwd: root, env: { RUNNER_CONFIG: '' } })).name, 'found');
});

test('no registry, a named one that is missing, two of them, a folder: each says what to do', () => {
  const root = join(folder, 'missing');
  mkdirSync(root);
  const [none] = expectDiagnostics(loadConfig({ cwd: root, env: {} }));
  assert.equal(none?.message, `no runner.config.yaml in ${root} or any folder above it`);
  assert.equal(none?.remedy, 'runner init writes one from what it finds');

  const [named] = expectDiagnostics(loadConfig({ path: 'nope.yaml', cwd: root, env: {} }));
  assert.deepEqual(
    [named?.message, named?.remedy],
    ['no such file: nope.yaml', 'runner init writes a runner.config.yaml'],
  );
  const [variable] = expectDiagnostics(loadConfig({ cwd: root, env: { RUNNER_CONFIG: 'x' } }));
  assert.deepEqual([variable?.message, variable?.hint], ['no such file: x', 'RUNNER_CONFIG names it']);

  writeFiles(root, { 'two/runner.config.yaml': 'version: 1', 'two/runner.config.yml': 'version: 1' });
  const [two] = expectDiagnostics(loadConfig({ cwd: join(root, 'two'), env: {} }));
  assert.equal(two?.message, `both runner.config.yaml and runner.config.yml in ${join(root, 'two')}`);

  const [directory] = expectDiagnostics(loadConfig({ path: 'two', cwd: root, env: {} }));
  assert.equal(directory?.message, 'the registry can not be read');
  assert.match(directory?.hint ?? '', /EISDIR/);
});
