/** The provider docker on a real engine: DOCKER_HOST names it, and it has the images that test/docker/images.ts makes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ownName } from '../../../src/processes/index.ts';
import { factsOf, hostOf, read, variable } from '../../services/harness.ts';
import { asked, migrations, OPTIONS, postgres, query, redis } from './stores.ts';

const docker = (...args: readonly string[]): string =>
  execFileSync('docker', args, { encoding: 'utf8' }).trim();
/** ids of everything that any run made and that is still there */
const ours = (label = 'unified-test-runner.run'): string[] =>
  docker('ps', '-aq', '--no-trunc', '--filter', `label=${label}`).split('\n').filter(Boolean);

test('F12 leases on one container see the migrated rows and not each other, as a role that is no superuser', async (t) => {
  const { root, more } = migrations("CREATE TABLE users (name text); INSERT INTO users VALUES ('first');");
  const { host, run, lease, facts } = hostOf(t, [postgres({ ...more, version: '>=15' })], {
    ...OPTIONS,
    root,
    leases: 2,
  });
  const [one, two] = await Promise.all([lease(1), lease(2)]);
  const [a, b] = [variable(one, 'DATABASE_URL'), variable(two, 'DATABASE_URL')];
  await query(a, "INSERT INTO users VALUES ('second')");
  assert.deepEqual(await query(a, 'SELECT count(*)::int AS n FROM users'), [{ n: 2 }]);
  assert.deepEqual(await query(b, 'SELECT * FROM users'), [{ name: 'first' }]);
  assert.deepEqual(
    await query(
      b,
      'SELECT rolsuper, d.datdba = r.oid AS owns FROM pg_roles r, pg_database d WHERE rolname = current_user AND datname = current_database()',
    ),
    [{ rolsuper: false, owns: true }],
  );
  const [ready] = factsOf(facts, 'service.ready');
  assert.deepEqual([ready?.provider, ready?.version, ready?.endpoint], ['docker', '18.4', new URL(a).host]);
  assert.match(read(ready?.log ?? ''), /database system is ready to accept connections/);
  const evidence = await one.release();
  assert.deepEqual(
    evidence.map(({ total }) => total),
    [{ kind: 'postgres', connections: 2, transactions: 2, inserted: 1, updated: 0, deleted: 0, fetched: 2 }],
  );
  const containers = ours(`unified-test-runner.run=${run}`);
  assert.equal(containers.length, 1);
  assert.deepEqual(await host.stop(), { leftovers: [] });
  assert.deepEqual(ours(`unified-test-runner.run=${run}`), []);
});

test('F11 ports are chosen by the engine, read back, and open on 127.0.0.1 alone', async (t) => {
  const { run, lease } = hostOf(t, [postgres(), redis()], OPTIONS);
  const granted = await lease(1);
  const ports = ['DATABASE_URL', 'REDIS_URL'].map((name) => new URL(variable(granted, name)).port);
  const bound = ours(`unified-test-runner.run=${run}`).map((id) =>
    docker(
      'inspect',
      '--format',
      '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}}:{{.HostPort}}{{end}}{{end}}',
      id,
    ),
  );
  for (const port of ports) assert.ok(bound.includes(`127.0.0.1:${port}`), `${port} in ${bound}`);
  assert.ok(
    bound.every((end) => end.startsWith('127.0.0.1:')),
    bound.join(' '),
  );
});

test('F12 each lease has a Redis of its own, whose password is needed, and whose commands are counted', async (t) => {
  const { lease, facts } = hostOf(t, [redis({ version: '>=7' })], { ...OPTIONS, leases: 2 });
  const [one, two] = await Promise.all([lease(1), lease(2)]);
  const [a, b] = [variable(one, 'REDIS_URL'), variable(two, 'REDIS_URL')];
  assert.notEqual(new URL(a).port, new URL(b).port);
  await asked(a, 'SET', 'key', 'value');
  assert.equal(await asked(b, 'GET', 'key'), null);
  const stranger = new URL(a);
  stranger.password = '';
  await assert.rejects(asked(stranger.href, 'GET', 'key'), /NOAUTH|WRONGPASS/);
  const ready = factsOf(facts, 'service.ready').filter(({ lease: whose }) => whose !== null);
  assert.deepEqual(
    ready.map(({ provider, version }) => [provider, version]),
    [
      ['docker', '7.0.15'],
      ['docker', '7.0.15'],
    ],
  );
  const [evidence] = await two.release();
  assert.deepEqual(evidence?.total, { kind: 'redis', connections: 1, commands: 1 });
});

test('F16 an image that is another version than its tag says is refused, and nothing takes its place', async (t) => {
  const { refused, run } = hostOf(t, [postgres({ version: '16' })], OPTIONS);
  const failure = await refused(1);
  assert.equal(failure.reason, 'postgres:16-alpine is Postgres 18.4, wanted is 16');
  assert.equal(failure.remedy, 'change `version` of "postgres"');
  assert.deepEqual(ours(`unified-test-runner.run=${run}`), []);
  const other = await hostOf(t, [redis({ version: '7.4.1', image: 'redis:7-alpine' })], OPTIONS).refused(1);
  assert.match(other.reason, /^redis:7-alpine is Redis 7\.0\.15, wanted is 7\.4\.1; its log is /);
});

test('an image of the registry is the one that is used; one that can not be pulled is told, with what to do', async (t) => {
  const { lease, run } = hostOf(t, [redis({ image: 'redis:7-alpine' })], OPTIONS);
  await lease(1);
  const used = ours(`unified-test-runner.run=${run}`).map((id) =>
    docker('inspect', '--format', '{{.Config.Image}}', id),
  );
  assert.deepEqual([...new Set(used)], ['redis:7-alpine']);
  const missing = hostOf(t, [redis({ image: 'localhost:1/no-such:1' })], OPTIONS);
  const failure = await missing.refused(1);
  assert.match(failure.reason, /^no image localhost:1\/no-such:1: /);
  assert.equal(
    failure.remedy,
    'see why `docker pull localhost:1/no-such:1` fails, or name another with `image` of "redis"',
  );
  assert.deepEqual(
    factsOf(missing.facts, 'warning').map(({ code }) => code),
    ['docker-pull'],
  );
});

test('T8 a container that ends before it is ready: its exit code, its output, and nothing left of it', async (t) => {
  const { refused, run } = hostOf(t, [postgres({ image: 'broken:1' })], OPTIONS);
  const failure = await refused(1);
  assert.equal(failure.reason, 'the container of broken:1 ended before it was ready (exit code 3)');
  assert.deepEqual(failure.logTail, ['it is broken']);
  assert.deepEqual(ours(`unified-test-runner.run=${run}`), []);
});

test('T8 a container that is killed while it is used is a crash of its lease, and the next lease has another', async (t) => {
  const { lease, run, facts } = hostOf(t, [postgres(), redis()], OPTIONS);
  const first = await lease(1);
  const [victim] = docker(
    'ps',
    '-q',
    '--filter',
    `label=unified-test-runner.run=${run}`,
    '--filter',
    'ancestor=postgres:18-alpine',
  ).split('\n');
  docker('kill', victim ?? '');
  const crash = await first.crashed;
  assert.deepEqual(
    [crash.service, crash.reason],
    ['postgres', 'it died while tests used it (signal SIGKILL)'],
  );
  assert.equal(factsOf(facts, 'service.crashed')[0]?.exit, 'signal SIGKILL');
  await first.release();
  const url = variable(await lease(2), 'DATABASE_URL');
  assert.deepEqual(await query(url, 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('F14 what a run left that was killed with its guardian is removed by the next, and nothing else', async (t) => {
  const [pid, , ...world] = ownName().split(' ');
  const owner = (...name: readonly unknown[]): string => `unified-test-runner.owner=${name.join(' ')}`;
  const create = (...labels: string[]): string =>
    docker('create', ...labels.flatMap((label) => ['--label', label]), 'redis:8-alpine');
  const dead = create('unified-test-runner.run=dead', owner(pid, 1, ...world));
  const elsewhere = create(
    'unified-test-runner.run=elsewhere',
    'unified-test-runner.owner=other pid:[1] 1 1',
  );
  const foreign = create('somebody=else');
  t.after(() => docker('rm', elsewhere, foreign));
  const { host, lease } = hostOf(t, [redis()], OPTIONS);
  await lease(1);
  await host.stop();
  const left = docker('ps', '-aq', '--no-trunc').split('\n');
  assert.ok(!left.includes(dead), 'the dead run’s container is still there');
  assert.ok(left.includes(elsewhere) && left.includes(foreign), left.join(' '));
});

test('T10 a run that is stopped while its container starts leaves none', async (t) => {
  const { host, run } = hostOf(t, [postgres(), redis()], OPTIONS);
  const starting = host.start(['postgres', 'redis']);
  const deadline = Date.now() + 120_000;
  while (ours(`unified-test-runner.run=${run}`).length === 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(await host.stop(), { leftovers: [] });
  const started = await starting;
  assert.equal(started.ok, false);
  assert.deepEqual(ours(`unified-test-runner.run=${run}`), []);
});

test('a migration that fails is told with its place, and its container is gone', async (t) => {
  const { root, more } = migrations('CREATE TABLE a (id int);\nSELECT nonsense;\n');
  const { refused, run } = hostOf(t, [postgres(more)], { ...OPTIONS, root });
  const failure = await refused(1);
  assert.match(
    failure.reason,
    /^migration db\/001\.sql:2: column "nonsense" does not exist \(SQLSTATE 42703\)/,
  );
  assert.deepEqual(ours(`unified-test-runner.run=${run}`), []);
});
