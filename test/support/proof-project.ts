/** A project whose tests are known: those that must notice when a service goes, and those that can't. */
import { join } from 'node:path';
import { REPOSITORY } from './cli.ts';
import { PG } from './stores.ts';

const SHOP = `import { createServer } from 'node:http';
const items = new Map([['apple', 3]]);
const server = createServer((request, response) => {
  const name = request.url.slice('/items/'.length);
  if (request.url === '/healthz') return void response.end('ok');
  if (request.method === 'PUT') items.set(name, 1);
  response.statusCode = request.method === 'PUT' ? 201 : items.has(name) ? 200 : 404;
  response.end(JSON.stringify({ name, stock: items.get(name) ?? 0 }));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

const HONEST_SHOP = `import test, { before, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { get } from 'node:http';
const shop = process.env.SHOP_URL;
test('an apple is there', async () => {
  const answer = await fetch(shop + '/items/apple');
  assert.equal(answer.status, 200);
});
test('with a callback', (t, done) => {
  get(shop + '/items/apple', (answer) => {
    answer.resume();
    assert.equal(answer.statusCode, 200);
    done();
  });
});
test('in parts', async (t) => {
  await t.test('a part', async () => assert.equal((await fetch(shop + '/items/none')).status, 404));
});
describe('with hooks', () => {
  let stock;
  before(async () => assert.equal((await fetch(shop + '/healthz')).status, 200));
  beforeEach(async () => void (stock = (await (await fetch(shop + '/items/apple')).json()).stock));
  it('compares with what a hook read', async () => {
    assert.equal((await (await fetch(shop + '/items/apple')).json()).stock, stock);
  });
  it('comes back after an outage of its own', async () => {
    const command = (enabled) => fetch(process.env.RUNNER_FAULTS_URL + '/proxies/shop', { method: 'POST', body: JSON.stringify({ enabled }) });
    await command(false);
    await assert.rejects(fetch(shop + '/items/apple'));
    await command(true);
    assert.equal((await fetch(shop + '/items/apple')).status, 200);
  });
});
`;

const HONEST_STORES = `const { test, before, after, beforeEach } = require('node:test');
const assert = require('node:assert/strict');
const { Redis } = require('${join(REPOSITORY, 'node_modules', 'ioredis')}');
const pg = require('${join(REPOSITORY, 'node_modules', 'pg')}');
const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
before(async () => {
  await db.connect();
  await db.query('create table if not exists orders (id int)');
});
beforeEach(() => db.query('truncate orders'));
after(() => db.end());
test('an order is stored', async () => {
  await db.query('insert into orders values (1)');
  assert.equal((await db.query('select id from orders')).rows[0].id, 1);
});
test('no order is left', async () => {
  assert.equal((await db.query('select id from orders')).rowCount, 0);
});
test('redis answers, with a client that waits for it', async () => {
  const redis = new Redis(process.env.REDIS_URL);
  redis.on('error', () => {});
  try {
    assert.equal(await redis.set('order', '1'), 'OK');
  } finally {
    redis.disconnect();
  }
});
`;

/** Each is one way not to notice. */
const VACUOUS_SHOP: Readonly<Record<string, string>> = {
  'asserts a literal': 'assert.equal(1 + 1, 2);',
  'asserts nothing': 'await fetch(shop).catch(() => {});',
  'asserts its own stand-in':
    "const get = async () => ({ status: 200 }); assert.equal((await get('/items/apple')).status, 200);",
  'swallows every error': "try { assert.equal((await fetch(shop + '/items/apple')).status, 200); } catch {}",
  'swallows in a promise':
    "await fetch(shop + '/items/apple').then((r) => assert.equal(r.status, 200)).catch(() => {});",
  'tests a constant': "const PATH = '/items'; assert.match(PATH, /^\\/items$/);",
  'never awaits its promise':
    "const asked = fetch(shop + '/items/apple').then((r) => assert.equal(r.status, 200)); asked.catch(() => {});",
  'something is defined after a catch':
    'let answer; try { answer = await fetch(shop); } catch (error) { answer = error; } assert.ok(answer);',
  'either or':
    'const ok = await fetch(shop).then((r) => r.ok, () => false); assert.ok(ok === true || ok === false);',
  'any status will do':
    'const status = await fetch(shop).then((r) => r.status, () => 503); assert.ok([200, 404, 503].includes(status));',
  'compares a thing with itself':
    'const answer = await fetch(shop).catch((e) => e); assert.equal(answer, answer);',
  'asserts in a branch that is not taken':
    "const found = await fetch(shop).then(() => [], () => []); for (const one of found) assert.equal(one, 'apple');",
  'asserts before it asks': 'assert.ok(shop); await fetch(shop).catch(() => {});',
  'only the address': 'assert.match(shop, /^http:/);',
  'logs instead of asserting': 'console.log(await fetch(shop).then((r) => r.status, (e) => e.message));',
  'falls back to a default':
    "const stock = await fetch(shop + '/items/apple').then((r) => r.json(), () => ({ stock: 3 })); assert.equal(stock.stock, 3);",
  'settles whatever comes':
    'const results = await Promise.allSettled([fetch(shop), fetch(shop)]); assert.equal(results.length, 2);',
  'asserts that a function exists': "assert.equal(typeof fetch, 'function');",
  'gives up silently':
    'const answer = await fetch(shop).catch(() => null); if (answer === null) return; assert.ok(answer.status > 0);',
  'asserts after a return': 'return; assert.equal((await fetch(shop)).status, 200);',
};

const VACUOUS_STORES: Readonly<Record<string, string>> = {
  'a literal beside a connected client': 'assert.ok(true);',
  'swallows the query':
    "const guest = new pg.Client({ connectionString: url }); guest.on('error', () => {}); await guest.connect().catch(() => {}); await guest.end().catch(() => {}); assert.ok(guest);",
};

const tests = (bodies: Readonly<Record<string, string>>): string =>
  Object.entries(bodies)
    .map(([title, body]) => `it(${JSON.stringify(title)}, async () => { ${body} });`)
    .join('\n');

export const NOTICING: Readonly<Record<string, readonly string[]>> = {
  'beneath.test.mjs': ['asks the store past its service'],
  'honest-shop.test.mjs': [
    'an apple is there',
    'with a callback',
    'in parts > a part',
    'in parts',
    'with hooks > compares with what a hook read',
    'with hooks > comes back after an outage of its own',
  ],
  'honest-stores.test.cjs': [
    'an order is stored',
    'no order is left',
    'redis answers, with a client that waits for it',
  ],
};

export const VACUOUS: Readonly<Record<string, readonly string[]>> = {
  'vacuous-shop.test.mjs': Object.keys(VACUOUS_SHOP).map((title) => `shop > ${title}`),
  'vacuous-stores.test.mjs': Object.keys(VACUOUS_STORES),
};

export const PROJECT: Readonly<Record<string, string>> = {
  'runner.config.yaml': `version: 1
services:
  postgres: postgres
  redis: redis
  shop: { kind: process, run: [node, shop.mjs], ready: { http: /healthz } }
  ledger: { kind: process, run: [node, shop.mjs], ready: { http: /healthz }, needs: postgres }
suites:
  shop: { category: all, files: "*-shop.test.mjs", needs: shop }
  stores: { category: all, files: "honest-stores.test.cjs", needs: [postgres, redis] }
  postgres: { category: all, files: "vacuous-stores.test.mjs", needs: postgres }
  beneath: { category: all, files: "beneath.test.mjs", needs: ledger }
  foreign: { category: all, adapter: exec, files: "foreign.test.mjs", run: [node, "\${file}"], needs: redis }
  plain: { category: all, files: "plain.test.mjs" }
`,
  'shop.mjs': SHOP,
  'honest-shop.test.mjs': HONEST_SHOP,
  'honest-stores.test.cjs': HONEST_STORES,
  'vacuous-shop.test.mjs': `import { before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
const shop = process.env.SHOP_URL;
describe('shop', { concurrency: true }, () => {
before(async () => assert.equal((await fetch(shop + '/healthz')).status, 200));
${tests(VACUOUS_SHOP)}
});
`,
  'vacuous-stores.test.mjs': `import { after, before, it } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
const url = process.env.DATABASE_URL;
const db = new pg.Client({ connectionString: url });
before(() => db.connect());
after(() => db.end().catch(() => {}));
${tests(VACUOUS_STORES)}
`,
  'beneath.test.mjs': `import { it } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
it('asks the store past its service', async () => {
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  db.on('error', () => {});
  await db.connect();
  assert.equal((await db.query('select 7 as n')).rows[0].n, 7);
  await db.end();
});
`,
  'foreign.test.mjs': 'process.exitCode = 0;\n',
  'plain.test.mjs': "import { test } from 'node:test';\ntest('of no service', () => {});\n",
};
