/** The command line on a real engine: what it says, what it leaves behind where it ends and where it is killed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { cleanEnvironment, eventIn, project, REPOSITORY, runner, verdicts } from '../../support/cli.ts';

const dependency = (name: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', name)).href;

const REGISTRY = `version: 1
name: containers
services:
  postgres: { kind: postgres, version: ">=15", ready_timeout: 3m, migrate: { files: "db/*.sql" } }
  redis: { kind: redis, version: ">=7", ready_timeout: 3m }
suites:
  all: { category: unit, files: "*.test.mjs", needs: [postgres, redis] }
`;
const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from '${dependency('pg/esm/index.mjs')}';
import { Redis } from '${dependency('ioredis/built/index.js')}';
test('writes to both', async () => {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query("INSERT INTO notes VALUES ('mine')");
  assert.equal((await client.query('SELECT * FROM notes')).rowCount, 1);
  await client.end();
  const redis = new Redis(process.env.REDIS_URL);
  assert.equal(await redis.incr('count'), 1);
  redis.disconnect();
});
`;
const HANGS = `import { test } from 'node:test';
test('hangs', () => new Promise(() => setInterval(() => {}, 1000)));
`;
const stand = (test: string): string =>
  project({
    'runner.config.yaml': REGISTRY,
    'db/1.sql': 'CREATE TABLE notes (text text);',
    'a.test.mjs': test,
    'b.test.mjs': test,
  });
const ALL = ['--suite', 'all', '--provider', 'postgres=docker', '--provider', 'redis=docker'];

/** ids of every container of any run, whatever its state */
const containers = (): string[] =>
  execFileSync('docker', ['ps', '-aq', '--filter', 'label=unified-test-runner.run'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);

async function noneLeft(): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (containers().length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(containers(), []);
}

describe('the command line with the provider docker', () => {
  it('runs files on containers, each with its own database and Redis, with evidence, and leaves none', async () => {
    const ran = await runner(stand(TEST), [...ALL, '--require-evidence']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed', 'b.test.mjs': 'passed' });
    const ready = ran.of('service.ready').filter(({ lease }) => lease === null);
    assert.deepEqual(ready.map(({ service, provider, version }) => [service, provider, version]).sort(), [
      ['postgres', 'docker', '18.4'],
      ['redis', 'docker', '7.0.15'],
    ]);
    for (const { services } of ran.of('lease.released')) {
      assert.deepEqual(services.map(({ service, own }) => [service, own?.operations]).sort(), [
        ['postgres', 2],
        ['redis', 1],
      ]);
    }
    assert.equal(ran.of('lease.released').length, 2);
    assert.deepEqual(containers(), []);
  });

  it('runner doctor names the engine, its endpoint, the library and the image', async () => {
    const ran = await runner(stand(TEST), ['doctor']);
    assert.equal(ran.code, 0, ran.stderr);
    const engine = execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      encoding: 'utf8',
    });
    const rest = `on Docker ${engine.trim()} at ${cleanEnvironment().DOCKER_HOST}, testcontainers 11.14.0`;
    const lines = ran.stdout.split('\n').filter((line) => line.includes(' docker '));
    assert.deepEqual(
      lines.map((line) => line.trim()),
      [`docker    postgres:18-alpine ${rest}`, `docker    redis:8-alpine ${rest}`],
    );
  });

  it('T11 leaves no container where the runner is killed while files run', async () => {
    const dir = stand(HANGS);
    const ran = await runner(dir, ALL, {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'file.started', 240_000);
        assert.ok(containers().length > 0);
        child.kill('SIGKILL');
      },
    });
    assert.equal(ran.signal, 'SIGKILL');
    await noneLeft();
  });

  it('T11 leaves no container where the runner is killed while the first ones start', async () => {
    const dir = stand(HANGS);
    await runner(dir, ALL, {
      meanwhile: async (child) => {
        const deadline = Date.now() + 180_000;
        while (containers().length === 0 && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        child.kill('SIGKILL');
      },
    });
    await noneLeft();
  });

  it('T10 Ctrl-C ends the run with 130 and takes the containers along', async () => {
    const dir = stand(HANGS);
    const ran = await runner(dir, ALL, {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'file.started', 240_000);
        child.kill('SIGINT');
      },
    });
    assert.equal(ran.code, 130, ran.stdout + ran.stderr);
    assert.deepEqual(containers(), []);
  });
});
