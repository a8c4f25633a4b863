/** The evidence that a run shows for its services, and what its absence means. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { project, REPOSITORY, runner, verdicts } from '../support/cli.ts';

const dependency = (name: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', name)).href;
const PG = dependency('pg/esm/index.mjs');

const files = {
  'runner.config.yaml': `version: 1
services:
  postgres: { kind: postgres, migrate: { files: "*.sql" } }
  api: { kind: process, run: [node, api.mjs], needs: postgres, ready: { http: / } }
categories:
  integration: { priority: high, description: together }
suites:
  orders: { category: integration, files: "orders/*.test.mjs", needs: [postgres, api] }
  pages: { category: integration, files: "pages/*.test.mjs", needs: api }
`,
  '001.sql': 'create table orders(id serial primary key);',
  'api.mjs': `import { createServer } from 'node:http';
import pg from '${PG}';
const db = new pg.Pool({ connectionString: process.env.DATABASE_URL });
createServer(async (_, response) => {
  await db.query('insert into orders default values');
  response.end('ordered');
}).listen(Number(process.env.PORT), '127.0.0.1');
`,
  'orders/through-the-api.test.mjs': `import { test } from 'node:test';
test('orders', async () => { await (await fetch(process.env.API_URL)).text(); });
test('says so', () => {});
`,
  'pages/one.test.mjs': `import { test } from 'node:test';
test('shows', async () => { await (await fetch(process.env.API_URL)).text(); });
`,
};

const UNTOUCHED =
  'orders/through-the-api.test.mjs showed no traffic of its own to postgres, which its suite needs';

describe('evidence', () => {
  it('what a service does to the store is not the test’s; the file is warned by name, its suite’s needs alone are judged', async () => {
    const ran = await runner(project(files), ['--real-services']);
    assert.equal(ran.code, 0, ran.stdout);
    const warned = ran.of('warning').filter(({ code }) => code === 'no-evidence');
    assert.deepEqual(
      warned.map(({ message, file }) => [message, file]),
      [[UNTOUCHED, 'orders/through-the-api.test.mjs']],
    );
    const orders = ran.of('attempt.finished').find(({ file }) => file.startsWith('orders/'));
    const first = ran.of('lease.released').find(({ attempt }) => attempt === orders?.attempt);
    assert.ok(first !== undefined);
    const [postgres, api] = first.services;
    assert.deepEqual(postgres?.own, { unit: 'statements', connections: 0, operations: 0, frames: 0 });
    assert.ok(postgres?.total?.kind === 'postgres' && postgres.total.inserted >= 1);
    assert.deepEqual(api, {
      service: 'api',
      declared: true,
      own: { unit: 'requests', connections: 1, operations: 1, frames: 0 },
      total: null,
    });
    assert.match(ran.stdout, /Evidence +Files +Connections +By the tests +In the service, by anybody\n/);
    assert.match(ran.stdout, / postgres +0 of 1 +0 +0 statements +\d+ transactions; rows \d+ inserted/);
    assert.match(ran.stdout, / api +2 of 2 +2 +2 requests\n/);
    assert.match(ran.stdout, / pages +api 1 request\n/);
  });

  it('--require-evidence makes it a failure of that file, exit 100', async () => {
    const ran = await runner(project(files), ['--real-services', '--require-evidence']);
    assert.equal(ran.code, 100, ran.stdout);
    assert.deepEqual(verdicts(ran), {
      'orders/through-the-api.test.mjs': 'failed',
      'pages/one.test.mjs': 'passed',
    });
    const failed = ran.of('attempt.finished').find(({ verdict }) => verdict === 'failed');
    assert.equal(`orders/through-the-api.test.mjs ${failed?.reason}`, UNTOUCHED);
    assert.equal(ran.lastLine, '3 passed, 1 failed');
  });

  it('a part of a file is not judged', async () => {
    const dir = project(files);
    const ran = await runner(dir, ['orders/through-the-api.test.mjs:3', '--require-evidence']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(ran.of('warning'), []);
  });

  it('--help names the flag', async () => {
    const { stdout } = await runner(project({}), ['--help']);
    assert.match(stdout, /--require-evidence +fail a file that shows no traffic of its own/);
  });
});
