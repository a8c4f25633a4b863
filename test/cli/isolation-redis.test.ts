import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { freshCache, hostOf, redis, remainsOf, variable } from '../services/harness.ts';
import { project, type Ran, runner, verdicts } from '../support/cli.ts';
import { MEETING, meeting, REDIS } from '../support/stores.ts';

const cacheDir = freshCache();

/** @param body runs in both files at once; `who` is a or b, `db` its connection */
const twin = (who: string, body: string): string => `import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { Redis } from '${REDIS}';
import { done, hear, say } from './meeting.mjs';
const who = '${who}';
const mine = new URL(process.env.REDIS_URL);
const prefix = process.env.REDIS_PREFIX ?? '';
const open = (url) => {
  const client = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  client.on('error', () => {});
  after(() => client.disconnect());
  return client;
};
const db = open(mine.href);
const refused = (work) => work.then(() => 'allowed', (error) => error.message.split(' ')[0]);
test('alone', async () => { ${body} });
`;

const stand = (isolation: string | null, body: string): string =>
  project({
    'runner.config.yaml': `version: 1
defaults: { bundle: off }
services:
  redis: { kind: redis${isolation === null ? '' : `, isolation: ${isolation}`} }
suites:
  all: { category: unit, files: "*.test.mjs", needs: redis }
`,
    'meeting.mjs': MEETING,
    'a.test.mjs': twin('a', body),
    'b.test.mjs': twin('b', body),
  });

const run = (dir: string, url?: string): Promise<Ran> =>
  runner(dir, ['--real-services', '-w', '2'], {
    env: { ...meeting().env, ...(url === undefined ? {} : { RUNNER_REDIS_URL: url }) },
  });

function green(ran: Ran): void {
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed', 'b.test.mjs': 'passed' });
  assert.deepEqual(remainsOf(ran.of('run.started')[0]?.runId ?? ''), []);
}

/** Both are there with a key of their own before either looks. */
const MEET = `
  await db.set(prefix + 'key', who);
  say(who, { url: mine.href, prefix });
  const theirs = await hear(who);
  assert.equal(await db.get(prefix + 'key'), who);`;

const PROCESS = `${MEET}
  assert.notEqual(new URL(theirs.url).port, mine.port);
  await done(who);
  await db.flushall();`;

const DATABASE = `${MEET}
  assert.notEqual(new URL(theirs.url).pathname, mine.pathname);
  assert.deepEqual(await db.keys('*'), ['key']);
  await done(who);
  await db.flushdb();`;

const PREFIX = `${MEET}
  assert.notEqual(theirs.prefix, prefix);
  assert.match(prefix, /^rt_\\d{8}_\\d{6}_[0-9a-f]{8}_1_\\d+:$/);
  for (const work of [
    db.get(theirs.prefix + 'key'),
    db.set('key', who),
    db.publish(theirs.prefix + 'news', who),
    db.eval("return redis.call('get', KEYS[1])", 1, theirs.prefix + 'key'),
    db.scan('0'),
    db.keys('*'),
    db.randomkey(),
    db.flushall(),
    db.flushdb(),
    db.config('GET', 'save'),
    db.script('FLUSH'),
    db.call('PUBSUB', 'CHANNELS'),
    db.acl('LIST'),
    db.client('KILL', 'TYPE', 'normal'),
  ]) assert.equal(await refused(work), 'NOPERM');
  const ear = open(mine.href);
  const heard = new Promise((resolve) => ear.on('message', (channel, text) => resolve(text)));
  await ear.subscribe(prefix + 'news');
  assert.equal(await refused(ear.subscribe('__keyevent@0__:set')), 'NOPERM');
  assert.equal(await db.publish(prefix + 'news', who), 1);
  assert.equal(await heard, who);
  await db.select(1);
  await db.set(prefix + 'elsewhere', who);
  await done(who);`;

/** A server of somebody's, with data of his own. */
async function server(t: TestContext): Promise<{ url: string; admin: Redis }> {
  const { lease } = hostOf(t, [redis()], { cacheDir });
  const url = variable(await lease(1), 'REDIS_URL');
  const admin = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  admin.on('error', () => {});
  t.after(() => admin.disconnect());
  await admin.set('precious', 'data');
  return { url, admin };
}

/** Everything that a run could have left on it or changed. */
async function belongings(admin: Redis): Promise<unknown> {
  await admin.select(0);
  return {
    // The average of lifetimes is a guess from samples, which stands until the next one.
    keyspace: (await admin.info('keyspace')).replaceAll(/,avg_ttl=\d+/g, ''),
    keys: await admin.keys('*'),
    users: await admin.acl('LIST'),
    settings: await admin.config('GET', '*'),
    data: await admin.get('precious'),
  };
}

function refusedWith(ran: Ran, reason: RegExp, remedy: RegExp): void {
  assert.equal(ran.code, 105, ran.stdout);
  const [failed] = ran.of('service.failed');
  assert.match(failed?.reason ?? '', reason);
  assert.match(failed?.remedy ?? '', remedy);
}

describe('isolation of a Redis', () => {
  it('F12 own servers: process, database and acl-prefix keep files apart', async () => {
    const process = await run(stand('process', PROCESS));
    green(process);
    for (const [isolation, body] of [
      ['database', DATABASE],
      ['acl-prefix', PREFIX],
    ] as const) {
      const ran = await run(stand(isolation, body));
      green(ran);
      assert.equal(ran.of('service.ready').length, 1);
      assert.deepEqual(ran.of('warning'), []);
      // What the server counts is everybody's: what the tests did themselves is told all the same.
      for (const { services } of ran.of('lease.released')) {
        assert.ok((services[0]?.own?.operations ?? 0) >= 3);
        assert.equal(services[0]?.total, null);
      }
    }
  });

  it('F14 F15 a server that runs already: limits are said, and it is left as it was found', async (t) => {
    const { url, admin } = await server(t);
    const before = await belongings(admin);
    for (const [isolation, body, limit] of [
      [
        'database',
        DATABASE,
        /pub\/sub channels, keyspace notifications, scripts, CONFIG and FLUSHALL reach across$/,
      ],
      [
        'acl-prefix',
        PREFIX,
        /it may not SCAN, KEYS, FLUSH, CONFIG or hear keyspace notifications, and memory, time and DBSIZE are everybody's$/,
      ],
    ] as const) {
      const ran = await run(stand(isolation, body), url);
      green(ran);
      assert.match(ran.of('warning')[0]?.message ?? '', limit);
      assert.deepEqual(await belongings(admin), before, isolation);
    }
  });

  it('F12 two services of one run on one server have users of their own', async (t) => {
    const { url, admin } = await server(t);
    const before = await belongings(admin);
    const dir = project({
      'runner.config.yaml': `version: 1
services:
  cache: { kind: redis, isolation: acl-prefix, export: { CACHE_URL: "\${url}", CACHE: "\${prefix}" } }
  queue: { kind: redis, isolation: acl-prefix, export: { QUEUE_URL: "\${url}", QUEUE: "\${prefix}" } }
suites:
  all: { category: unit, files: "*.test.mjs", needs: [cache, queue] }
`,
      'a.test.mjs': `import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Redis } from '${REDIS}';
const { CACHE_URL, CACHE, QUEUE_URL, QUEUE } = process.env;
const open = (url) => new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
const [cache, queue] = [open(CACHE_URL), open(QUEUE_URL)];
for (const client of [cache, queue]) client.on('error', () => {});
after(() => { cache.disconnect(); queue.disconnect(); });
test('apart', async () => {
  await cache.set(CACHE + 'key', 'cache');
  await queue.set(QUEUE + 'key', 'queue');
  assert.equal(await cache.get(CACHE + 'key'), 'cache');
  await assert.rejects(queue.get(CACHE + 'key'), /NOPERM/);
});
`,
    });
    const ran = await runner(dir, ['--real-services'], {
      env: { RUNNER_CACHE_URL: url, RUNNER_QUEUE_URL: url },
    });
    assert.deepEqual([ran.code, verdicts(ran)], [0, { 'a.test.mjs': 'passed' }], ran.stdout + ran.stderr);
    assert.deepEqual(await belongings(admin), before);
  });

  it('F16 what it does not allow is refused with what to choose instead; a dead run’s user goes', async (t) => {
    const { url, admin } = await server(t);
    await admin.acl('SETUSER', 'limited', 'on', '>geheim', '~*', '&*', '+@all', '-acl');
    const limited = new URL(url);
    limited.username = 'limited';
    limited.password = 'geheim';
    const before = await belongings(admin);
    const [process, prefix] = await Promise.all([
      run(stand('process', ''), url),
      run(stand('acl-prefix', ''), limited.href),
    ]);
    refusedWith(
      process,
      /^isolation: process wants servers that the runner starts, and RUNNER_REDIS_URL names one that runs already$/,
      /^unset RUNNER_REDIS_URL, or choose isolation: database or acl-prefix$/,
    );
    refusedWith(
      prefix,
      /^127\.0\.0\.1:\d+: isolation: acl-prefix can't be had: NOPERM/,
      /^use a user that may use ACL SETUSER, or choose isolation: database$/,
    );
    assert.ok(!prefix.stdout.includes('geheim'));
    assert.deepEqual(await belongings(admin), before);

    await admin.acl('SETUSER', 'rt_20200101_000000_abcd_1', 'on');
    await admin.set('rt_20200101_000000_abcd_1:key', 'forgotten');
    green(await run(stand('acl-prefix', PREFIX), url));
    assert.deepEqual(await belongings(admin), before);

    for (let number = 1; number < 16; number += 1) {
      await admin.select(number);
      await admin.set('taken', 'yes');
    }
    refusedWith(
      await run(stand('database', ''), url),
      /: no logical database is both empty and free$/,
      /empty a logical database other than 0, or raise `databases`/,
    );
  });
});
