/** Who may run which tool, how often, and with how many dispatchers. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  dispatchers,
  NotAdmin,
  type Rights,
  type Tool,
  ToolDispatcher,
  type ToolResult,
} from '../../platform/backend/tools/index.ts';
import { newWork } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'What a user may not do, no agent may do for them',
});
const database = openDatabase();
const factory = dispatchers(database, openCache());
const CHAT: Rights = { permissions: ['chat'], tier: 'basic' };
const ADMIN: Rights = { permissions: ['chat', 'admin'], tier: 'enterprise' };

after(async () => {
  closeCaches();
  await closeDatabases();
});

const counting = (permission: string): { tool: Tool; runs: () => number } => {
  let runs = 0;
  const run = (): Promise<number> => {
    runs += 1;
    return Promise.resolve(runs);
  };
  return {
    tool: { name: 'counted', description: 'counts', parameters: {}, permission, run },
    runs: () => runs,
  };
};

test('a tool whose permission the user lacks never runs, is not offered, and sends no event', async (t) => {
  value(t, 'An agent cannot be talked into what its user may not do');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  const { tool, runs } = counting('reports');
  dispatcher.register(tool);
  const denied = await dispatcher.execute('counted', {});
  assert.deepEqual([denied.status, denied.success], ['permission_denied', false]);
  assert.equal('error' in denied && denied.error, 'counted needs the permission reports');
  assert.equal(runs(), 0);
  assert.equal(dispatcher.metrics().permission_denied, 1);
  assert.deepEqual(
    dispatcher.list().map(({ name }) => name),
    ['query_usage', 'thread_stats'],
  );
  assert.deepEqual(work.taken(), []);
});

test('with the permission the same tool runs', async (t) => {
  value(t, 'Paying for a right gives it');
  const work = await newWork(database);
  const rights: Rights = { permissions: ['chat', 'reports'], tier: 'basic' };
  const dispatcher = factory.forRequest(work.context, rights, work.events);
  const { tool, runs } = counting('reports');
  dispatcher.register(tool);
  assert.equal((await dispatcher.execute('counted', {})).status, 'success');
  assert.equal(runs(), 1);
});

test('an admin tool is for admins, and an admin dispatcher too', async (t) => {
  value(t, 'One customer never sees all customers');
  const work = await newWork(database);
  const plain = await factory.forRequest(work.context, CHAT, work.events).execute('log_analyzer', {});
  assert.equal(plain.status, 'permission_denied');
  assert.throws(() => factory.forAdmin(work.context, CHAT, work.events), NotAdmin);
  const admin = await factory.forAdmin(work.context, ADMIN, work.events).execute('log_analyzer', { days: 1 });
  assert.equal(admin.status, 'success');
});

test('an admin tool cannot be registered for less, nor a name twice', async (t) => {
  value(t, 'A careless registration opens no door');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, ADMIN, work.events);
  const { tool, runs } = counting('chat');
  assert.throws(() => dispatcher.register({ ...tool, name: 'user_admin' }), /must need the permission admin/);
  assert.throws(() => dispatcher.register({ ...tool, name: 'query_usage' }), /registered already/);
  await dispatcher.execute('user_admin', {});
  assert.equal(runs(), 0);
});

test('a dispatcher is made by its factory only', async (t) => {
  value(t, 'No code path runs tools without rights');
  const work = await newWork(database);
  const parts = {
    context: work.context,
    rights: ADMIN,
    events: work.events,
    database,
    tools: [],
    timeout: 1,
    onClose: () => {},
  };
  assert.throws(
    () => Reflect.construct(ToolDispatcher, [Symbol('made by the factory'), parts]),
    /made by its factory only/,
  );
});

test('a user has at most ten dispatchers: the eleventh ends the oldest, and nobody else’s', async (t) => {
  value(t, 'A runaway agent frees what it took');
  const [work, other] = [await newWork(database), await newWork(database)];
  const theirs = factory.forRequest(other.context, CHAT, other.events);
  const mine = Array.from({ length: 11 }, () => factory.forRequest(work.context, CHAT, work.events));
  assert.deepEqual(
    mine.map(({ closed }) => closed),
    [true, ...Array(10).fill(false)],
  );
  assert.equal(factory.open(work.context.user_id), 10);
  assert.equal(theirs.closed, false);
  for (const dispatcher of mine) dispatcher.cleanup();
  assert.equal(factory.open(work.context.user_id), 0);
  assert.equal(factory.open(other.context.user_id), 1);
});

test('a scope cleans up when its work throws; what was cleaned up runs nothing', async (t) => {
  value(t, 'Errors leak no resources');
  const work = await newWork(database);
  let kept: ToolDispatcher | undefined;
  await assert.rejects(
    factory.scoped(work.context, CHAT, work.events, (dispatcher) => {
      kept = dispatcher;
      return Promise.reject(new Error('work failed'));
    }),
    /work failed/,
  );
  assert.ok(kept);
  assert.equal(factory.open(work.context.user_id), 0);
  await assert.rejects(kept.execute('query_usage', {}), /cleaned up/);
  kept.cleanup(); // again: nothing happens
});

test('the 51st call in an hour is refused on the basic tier, not on enterprise, and not to another user', async (t) => {
  value(t, 'The tiers are worth their price');
  const [basic, enterprise, other] = [
    await newWork(database),
    await newWork(database),
    await newWork(database),
  ];
  const calls = async (work: typeof basic, rights: Rights, count: number): Promise<readonly string[]> => {
    const dispatcher = factory.forRequest(work.context, rights, work.events);
    const results = await Promise.all(
      Array.from({ length: count }, () => dispatcher.execute('query_usage', {})),
    );
    return results.map(({ status }) => status);
  };
  const all = (count: number): readonly string[] => Array(count).fill('success');
  assert.deepEqual(await calls(basic, CHAT, 50), all(50));
  assert.deepEqual(await calls(basic, CHAT, 1), ['rate_limited']);
  assert.deepEqual(await calls(enterprise, { ...CHAT, tier: 'enterprise' }, 51), all(51));
  assert.deepEqual(await calls(other, CHAT, 1), ['success']);
  const refused = await single(
    database,
    `select count(*)::int from tool_usage where user_id = $1 and status = 'rate_limited'`,
    [basic.context.user_id],
  );
  assert.equal(refused, 1);
});

test('the 1001st call in an hour is refused on the enterprise tier', async (t) => {
  value(t, 'Even the largest customer cannot take all of the platform');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, { ...CHAT, tier: 'enterprise' }, work.events);
  await dispatcher.execute('query_usage', {});
  const redis = openCache().strict;
  const key = `tools:enterprise:${work.context.user_id}`;
  const seconds = await redis.ttl(key);
  assert.ok(seconds > 3_590 && seconds <= 3_600, `the hour has ${seconds} s`);
  await redis.incrby(key, 998);
  assert.equal((await dispatcher.execute('query_usage', {})).status, 'success');
  assert.equal((await dispatcher.execute('query_usage', {})).status, 'rate_limited');
  assert.equal(dispatcher.metrics().rate_limited, 1);
});

test('the limit of a user is one for all of their dispatchers, and a refused call sends no event', async (t) => {
  value(t, 'Opening more tabs buys nothing');
  const work = await newWork(database);
  const { context, events } = work;
  const spend = (count: number): Promise<readonly ToolResult[]> =>
    factory.scoped(context, CHAT, events, (dispatcher) =>
      Promise.all(Array.from({ length: count }, () => dispatcher.execute('query_usage', {}))),
    );
  await spend(25);
  await spend(25);
  work.taken();
  assert.deepEqual(
    (await spend(2)).map(({ status }) => status),
    ['rate_limited', 'rate_limited'],
  );
  assert.deepEqual(work.taken(), []);
});
