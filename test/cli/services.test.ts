import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { eventIn, processesNaming, project, type Ran, REPOSITORY, runner, verdicts } from '../support/cli.ts';

const dependency = (name: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', name)).href;
const PG = dependency('pg/esm/index.mjs');
const REDIS = dependency('ioredis/built/index.js');

const yaml = (more = ''): string => `version: 1
name: stand
services:
  postgres: { kind: postgres, migrate: { files: "migrations/*.sql" } }
  redis: redis
  api:
    kind: process
    run: [node, api.mjs]
    needs: postgres
    ready: { http: /ready }
    env: { GREETING: "hello from \${run.id}" }
categories:
  unit: { priority: high, description: parts }
  integration: { priority: medium, description: together }
suites:
  stores: { title: Stores, category: integration, files: "stores/*.test.mjs", needs: [postgres, redis] }
  api: { title: Api, category: integration, service: api, files: "api/*.test.mjs", needs: api }
  parts: { title: Parts, category: unit, files: "parts/*.test.mjs" }
${more}`;

const stores = `import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
import { Redis } from '${REDIS}';
const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
const cache = new Redis(process.env.REDIS_URL);
await db.connect();
after(async () => { await db.end(); cache.disconnect(); });
test('its own migrated database and its own Redis', async () => {
  await db.query("insert into items(name) values ('mine')");
  assert.deepEqual((await db.query('select name from items')).rows, [{ name: 'mine' }]);
  assert.equal(await cache.incr('visits'), 1);
});
`;

const API = `import { createServer } from 'node:http';
import pg from '${PG}';
const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
await db.connect();
console.log('api is up: ' + process.env.GREETING);
createServer(async (request, response) => {
  console.log('request ' + request.url);
  if (request.url === '/die') process.kill(process.pid, 'SIGKILL');
  const { rows } = await db.query('select count(*)::int as n from items');
  response.end(JSON.stringify(rows[0]));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const apiTest = (body: string): string => `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('counts', async () => { ${body} });
`;

const stand = (files: Readonly<Record<string, string>> = {}): string =>
  project({
    'runner.config.yaml': yaml(),
    'migrations/001_items.sql': 'create table items(id serial primary key, name text not null);',
    'api.mjs': API,
    'stores/a.test.mjs': stores,
    'stores/b.test.mjs': stores,
    'parts/p.test.mjs': "import { test } from 'node:test';\ntest('part', () => {});\n",
    'api/count.test.mjs': apiTest(
      "const response = await fetch(process.env.API_URL + '/count'); assert.deepEqual(await response.json(), { n: 0 });",
    ),
    ...files,
  });

/** Nothing of the run is alive, and nothing of it lies where runs keep their data. */
function assertNothingLeft(ran: Ran): void {
  const [started] = ran.of('run.started');
  assert.ok(started);
  assert.deepEqual(processesNaming(started.runId), []);
  for (const folder of [tmpdir(), '/dev/shm'].filter((path) => existsSync(path))) {
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes(started.runId)),
      [],
      folder,
    );
  }
}

describe('real services, from the registry to the table', () => {
  it('F12, F13: every file has its own migrated database and Redis; a service runs on its file’s database', async () => {
    const dir = stand();
    const ran = await runner(dir, ['--real-services']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.equal(ran.lastLine, '4 passed, 0 failed');
    const ready = ran.of('service.ready');
    assert.deepEqual([...new Set(ready.map(({ service }) => service))].sort(), ['api', 'postgres', 'redis']);
    for (const { endpoint } of ready) assert.match(endpoint, /127\.0\.0\.1:\d+/);
    assert.match(ran.stdout, /postgres +(embedded|binary) [\d.]+ +127\.0\.0\.1:\d+/);
    assert.match(ran.stdout, /api +process +127\.0\.0\.1:\d+ +1 /);
    assertNothingLeft(ran);
  });

  it('logs of services are kept beside the event log', async () => {
    const dir = stand();
    const ran = await runner(dir, ['--service', 'api']);
    assert.equal(ran.code, 0, ran.stdout);
    const log = ran.of('service.ready').find(({ service }) => service === 'api')?.log ?? '';
    assert.equal(dirname(dirname(log)), join(dir, '.runner', 'runs', ran.of('run.started')[0]?.runId ?? ''));
    assert.match(readFileSync(log, 'utf8'), /api is up: hello from \d{8}-\d{6}-/);
  });

  it('a failed test shows what its services logged meanwhile', async () => {
    const dir = stand({
      'api/count.test.mjs': apiTest("await fetch(process.env.API_URL + '/noticed'); assert.equal(1, 2);"),
    });
    const ran = await runner(dir, ['api/count.test.mjs']);
    assert.equal(ran.code, 100);
    assert.match(
      ran.stdout,
      /api log, meanwhile \(\d+ lines?\)\n {7}\d\d:\d\d:\d\d\.\d{3} request \/noticed/,
    );
  });

  it('T8: a service that dies in mid-run makes its file infra-failed, exit 105, and says how it died', async () => {
    const dir = stand({
      'api/count.test.mjs': apiTest(
        "await fetch(process.env.API_URL + '/die').catch(() => {}); await new Promise((r) => setTimeout(r, 600_000));",
      ),
    });
    const ran = await runner(dir, ['--real-services']);
    assert.equal(ran.code, 105);
    assert.equal(verdicts(ran)['api/count.test.mjs'], 'infra-failed');
    assert.match(ran.stdout, /service api\n {5}died: .*SIGKILL/);
    assert.match(ran.stdout, /request \/die/);
    assert.equal(ran.lastLine, '3 passed, 1 failed');
    assertNothingLeft(ran);
  });

  it('F16: a provider that can not be had is exit 105 with the remedy; what needs nothing still runs', async () => {
    const dir = stand({
      'runner.config.yaml': yaml().replace('kind: postgres,', 'kind: postgres, version: ">=99",'),
    });
    const ran = await runner(dir, ['--real-services']);
    assert.equal(ran.code, 105);
    assert.deepEqual(verdicts(ran), {
      'api/count.test.mjs': 'infra-failed',
      'parts/p.test.mjs': 'passed',
      'stores/a.test.mjs': 'infra-failed',
      'stores/b.test.mjs': 'infra-failed',
    });
    assert.match(ran.stdout, /service postgres\n/);
    assert.match(ran.stdout, />=99/);
    assert.match(ran.stdout, /remedy: .*RUNNER_POSTGRES_URL/);
    assert.equal(ran.lastLine, '1 passed, 3 failed');
    assertNothingLeft(ran);
  });

  it('a broken migration is exit 105 and names the file and its line', async () => {
    const dir = stand({ 'migrations/002_bad.sql': 'create table fine(a int);\n\ncreate tabel broken();\n' });
    const ran = await runner(dir, ['stores/a.test.mjs']);
    assert.equal(ran.code, 105);
    assert.match(ran.stdout, /002_bad\.sql/);
    assert.match(ran.stdout, /syntax error at or near "tabel"/);
    assertNothingLeft(ran);
  });

  it('an external URL wins over every other provider', async () => {
    const dir = stand({
      'runner.config.yaml': yaml()
        .replace('version: 1', 'version: 1')
        .replace('redis: redis', 'redis: redis'),
      'api/ping.mjs': '',
    });
    const own = `import { createServer } from 'node:http';\nconst s = createServer((_, r) => r.end('{"n":0}')).listen(0, '127.0.0.1', () => console.log(s.address().port));`;
    const { spawn } = await import('node:child_process');
    const server = spawn(process.execPath, ['--input-type=module', '-e', own], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const port = await new Promise<string>((resolve) =>
        server.stdout.once('data', (text) => resolve(String(text).trim())),
      );
      const ran = await runner(dir, ['api/count.test.mjs'], {
        env: { RUNNER_API_URL: `http://127.0.0.1:${port}` },
      });
      assert.equal(ran.code, 0, ran.stdout);
      const api = ran.of('service.ready').find(({ service }) => service === 'api');
      assert.deepEqual([api?.provider, api?.endpoint.includes(port)], ['external', true]);
    } finally {
      server.kill('SIGKILL');
    }
  });

  it('T10: SIGINT in mid-run, with services up: 130, tables so far, nothing alive, nothing on disk', async () => {
    const waits = 'await new Promise((r) => setTimeout(r, 600_000));';
    const dir = stand({ 'api/count.test.mjs': apiTest(waits) });
    const ran = await runner(dir, ['api/count.test.mjs'], {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'test.started');
        child.kill('SIGINT');
      },
    });
    assert.equal(ran.code, 130);
    assert.match(ran.stdout, /Category +Files/);
    assertNothingLeft(ran);
  });

  it('T10: SIGINT while services start: 130, nothing alive, nothing on disk', async () => {
    const dir = stand();
    const ran = await runner(dir, ['--real-services'], {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'service.starting');
        child.kill('SIGINT');
      },
    });
    assert.equal(ran.code, 130);
    assertNothingLeft(ran);
  });

  it('F12: two runs at once in one project both pass', async () => {
    const dir = stand();
    const [one, two] = await Promise.all([runner(dir, ['stores']), runner(stand(), ['stores'])]);
    assert.deepEqual([one.code, two.code], [0, 0]);
  });
});
