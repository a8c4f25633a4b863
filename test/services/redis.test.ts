import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { factsOf, freshCache, hostOf, isAlive, read, redis, temporaryFolder, variable } from './harness.ts';

const cacheDir = freshCache();

function client(t: TestContext, url: string): Redis {
  const connection = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  connection.on('error', () => {});
  t.after(() => connection.disconnect());
  return connection;
}

test('F12 two leases share neither keys nor channels, and FLUSHALL reaches one only', async (t) => {
  const { host, lease, facts, run } = hostOf(t, [redis()], { cacheDir, leases: 2 });
  assert.deepEqual(await host.start(['redis']), { ok: true, value: undefined });
  const [one, two] = await Promise.all([lease(1), lease(2)]);
  const [a, b] = [client(t, variable(one, 'REDIS_URL')), client(t, variable(two, 'REDIS_URL'))];
  assert.equal(await a.dbsize(), 0);
  await a.set('key', 'of a');
  assert.equal(await b.get('key'), null);
  await b.set('key', 'of b');
  await a.flushall();
  assert.equal(await b.get('key'), 'of b');

  const heard: string[] = [];
  const ear = client(t, variable(two, 'REDIS_URL'));
  ear.on('message', (_channel, message) => heard.push(message));
  await ear.subscribe('news');
  assert.equal(await a.publish('news', 'from a'), 0);
  assert.equal(await b.publish('news', 'from b'), 1);
  await ear.ping();
  assert.deepEqual(heard, ['from b']);

  const ready = factsOf(facts, 'service.ready');
  assert.deepEqual(
    ready.map(({ lease: attempt }) => attempt).sort(),
    [null, `${run}.1.1`, `${run}.2.1`].sort(),
  );
  assert.deepEqual(new Set(ready.map(({ version }) => version)).size, 1);
  assert.equal(
    ready.find(({ lease: attempt }) => attempt === `${run}.1.1`)?.endpoint,
    new URL(variable(one, 'REDIS_URL')).host,
  );
});

test('F11 its password is needed, and nobody can read it from a command line', async (t) => {
  const { lease } = hostOf(t, [redis()], { cacheDir });
  const url = new URL(variable(await lease(1), 'REDIS_URL'));
  const pid = Number(/process_id:(\d+)/.exec(await client(t, url.href).info('server'))?.[1]);
  assert.ok(!read(`/proc/${pid}/cmdline`).includes(url.password));
  const { password } = url;
  url.password = '';
  await assert.rejects(client(t, url.href).get('key'), /NOAUTH/);
  assert.ok(password.length >= 32);
});

test('a released Redis is gone with its folder; its log stays', async (t) => {
  const { lease, runDir } = hostOf(t, [redis()], { cacheDir });
  const held = await lease(1);
  const info = await client(t, variable(held, 'REDIS_URL')).info('server');
  const pid = Number(/process_id:(\d+)/.exec(info)?.[1]);
  const folder = /config_file:(.*)\/redis\.conf/.exec(info)?.[1]?.trim() ?? '';
  assert.equal(existsSync(folder), true);
  await held.release();
  assert.deepEqual([isAlive(pid), existsSync(folder)], [false, false]);
  const path = join(runDir, 'services/redis.1.1.log');
  assert.deepEqual(held.logs, [{ service: 'redis', path, by: { kind: 'own' } }]);
  assert.match(read(join(runDir, 'services/redis.1.1.log')), /Ready to accept connections/);
});

test('T8 a Redis that is killed while leased', async (t) => {
  const { lease, facts } = hostOf(t, [redis()], { cacheDir });
  const held = await lease(1);
  const info = await client(t, variable(held, 'REDIS_URL')).info('server');
  process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGKILL');
  const failure = await held.crashed;
  assert.deepEqual(
    [failure.service, failure.reason],
    ['redis', 'it died while tests used it (signal SIGKILL)'],
  );
  assert.equal(factsOf(facts, 'service.crashed')[0]?.exit, 'signal SIGKILL');
  await held.release();
  assert.equal(await client(t, variable(await lease(2), 'REDIS_URL')).ping(), 'PONG');
});

test('F12 two runs at once without a Redis: fetched once, said once, used by both and by the next', async (t) => {
  const cache = temporaryFolder('cache');
  const hosts = [1, 2].map(() => hostOf(t, [redis()], { cacheDir: cache }));
  const started = await Promise.all(hosts.map(({ host }) => host.start(['redis'])));
  assert.deepEqual(started, [
    { ok: true, value: undefined },
    { ok: true, value: undefined },
  ]);
  const warnings = hosts.flatMap(({ facts }) => factsOf(facts, 'warning'));
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]?.message ?? '',
    /^no redis-server on PATH: fetching redis \d+\.\d+\.\d+ with apt into .+ \(once\)$/,
  );
  const next = hostOf(t, [redis()], { cacheDir: cache });
  assert.ok((await next.host.start(['redis'])).ok);
  assert.deepEqual(factsOf(next.facts, 'warning'), []);
  assert.equal(factsOf(next.facts, 'service.ready')[0]?.provider, 'package');
  assert.equal(readdirSync(join(cache, 'redis')).length, 1);
});

/** So that an engine of this machine plays no part. */
const NOWHERE = 'unix:///no/docker.sock';
const NO_DOCKER = `docker: the npm package testcontainers is not installed, and no Docker engine answers at ${NOWHERE} (connect ENOENT /no/docker.sock)`;

test('F16 no Redis to be had: each provider and why not, and what to do', async (t) => {
  const empty = temporaryFolder('path');
  const { host } = hostOf(t, [redis()], { cacheDir, env: { PATH: empty, DOCKER_HOST: NOWHERE } });
  const started = await host.start(['redis']);
  assert.ok(!started.ok);
  assert.equal(
    started.error.reason,
    `no Redis could be had (external: RUNNER_REDIS_URL is not set; warm: no warm set is up; binary: no redis-server on PATH; binary: no valkey-server on PATH; package: this system has no apt; ${NO_DOCKER})`,
  );
  assert.equal(
    started.error.remedy,
    'apt-get install redis-server, or RUNNER_REDIS_URL=redis://127.0.0.1:6379',
  );
});

test('T13 an archive that can not be reached is a failure that says so, and leaves nothing in the cache', async (t) => {
  const cache = temporaryFolder('cache');
  const bin = temporaryFolder('bin');
  mkdirSync(bin, { recursive: true });
  const script =
    '#!/bin/sh\necho "E: Failed to fetch http://archive.invalid  Temporary failure resolving" >&2\nexit 100\n';
  for (const name of ['apt-get', 'apt-cache']) writeFileSync(join(bin, name), script, { mode: 0o755 });
  const { host } = hostOf(t, [redis()], {
    cacheDir: cache,
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  const started = await host.start(['redis']);
  assert.ok(!started.ok);
  assert.match(started.error.reason, /package: E: Failed to fetch http:\/\/archive\.invalid/);
  assert.deepEqual(readdirSync(join(cache, 'redis')), []);
});

test('F16 a version that the archive does not have is refused before anything is fetched', async (t) => {
  const cache = temporaryFolder('cache');
  const { host, facts } = hostOf(t, [redis({ version: '>=99' })], { cacheDir: cache });
  const started = await host.start(['redis']);
  assert.ok(!started.ok);
  assert.match(started.error.reason, /package: the archive's Redis is \d+\.\d+\.\d+; docker: /);
  assert.deepEqual(factsOf(facts, 'warning'), []);
  assert.deepEqual(readdirSync(join(cache, 'redis')), []);
});

test('F14 F15 a server that runs already: empty databases only, flushed only those, and it is said what is shared', async (t) => {
  const server = hostOf(t, [redis()], { cacheDir });
  const url = variable(await server.lease(1), 'REDIS_URL');
  const owner = client(t, url);
  await owner.set('mine', 'precious');
  await owner.select(1);
  await owner.set('also mine', 'precious');

  const options = { cacheDir, env: { ...process.env, RUNNER_REDIS_URL: url }, leases: 2 };
  const hosts = [hostOf(t, [redis()], options), hostOf(t, [redis()], options)];
  const leases = await Promise.all(hosts.flatMap(({ lease }) => [lease(1), lease(2)]));
  const urls = leases.map((lease) => variable(lease, 'REDIS_URL'));
  assert.deepEqual(urls.map((one) => new URL(one).pathname).sort(), ['/2', '/3', '/4', '/5']);
  for (const one of urls) {
    const connection = client(t, one);
    assert.equal(await connection.dbsize(), 0);
    await connection.set('key', one);
  }
  const [first] = hosts;
  assert.match(
    factsOf(first?.facts ?? [], 'warning')[0]?.message ?? '',
    /but pub\/sub channels, keyspace notifications, scripts, CONFIG and FLUSHALL reach across$/,
  );
  assert.equal(factsOf(first?.facts ?? [], 'service.ready')[0]?.provider, 'external');
  for (const { host } of hosts) assert.deepEqual(await host.stop(), { leftovers: [] });
  await owner.select(0);
  assert.deepEqual(await owner.keys('*'), ['mine']);
  await owner.select(1);
  assert.deepEqual(await owner.keys('*'), ['also mine']);
  for (const number of [2, 3, 4, 5]) {
    await owner.select(number);
    assert.equal(await owner.dbsize(), 0);
  }
});

test('T10 stop() right after start()', async (t) => {
  const { host } = hostOf(t, [redis()], { cacheDir });
  const starting = host.start(['redis']);
  assert.deepEqual(await host.stop(), { leftovers: [] });
  const started = await starting;
  assert.ok(!started.ok);
});

test('F14 a run that is stopped while it asks the fetched program its version leaves it to the others', async (t) => {
  const [release = ''] = readdirSync(join(cacheDir, 'redis')).filter((name) => !name.startsWith('.'));
  const cache = temporaryFolder('cache');
  const asked = join(cache, 'asked');
  const program = join(cache, 'redis', release, 'usr', 'bin', 'redis-server');
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, `#!/bin/sh\n: > '${asked}'\nexec sleep 600\n`, { mode: 0o755 });
  const { host } = hostOf(t, [redis()], { cacheDir: cache });
  const starting = host.start(['redis']);
  while (!existsSync(asked)) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await host.stop(), { leftovers: [] });
  assert.ok(!(await starting).ok);
  assert.equal(existsSync(program), true);
});

test('twelve leases at once make Node print nothing', async (t) => {
  const warnings: string[] = [];
  const hear = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const { lease } = hostOf(t, [redis()], { cacheDir, leases: 12 });
  const leases = await Promise.all(Array.from({ length: 12 }, (_, number) => lease(number + 1)));
  assert.equal(new Set(leases.map((one) => variable(one, 'REDIS_URL'))).size, 12);
  assert.deepEqual(warnings, []);
});
