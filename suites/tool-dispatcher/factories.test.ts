/** The four ways to a dispatcher: for a request, a user, a scope, an admin. Each with the same rights, limits and end. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type DispatcherFactory,
  dispatchers,
  type Rights,
  type ToolDispatcher,
} from '../../platform/backend/tools/index.ts';
import { RunEvents } from '../../platform/shared/events.ts';
import { newWork, someContext, type Work } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'A dispatcher in the wrong hands is another customer’s data',
});
const database = openDatabase();
const factory = dispatchers(database, openCache());
const CHAT: Rights = { permissions: ['chat'], tier: 'basic' };
const ADMIN: Rights = { permissions: ['chat', 'admin'], tier: 'enterprise' };
const ADMIN_ONLY = [
  'corpus_create',
  'corpus_update',
  'corpus_delete',
  'user_admin',
  'system_config',
  'log_analyzer',
  'synthetic_generator',
];

after(async () => {
  closeCaches();
  await closeDatabases();
});

/** What `use` makes of a dispatcher, whichever way it is made. */
async function eachWay<T>(
  work: Work,
  rights: Rights,
  use: (dispatcher: ToolDispatcher) => Promise<T>,
): Promise<readonly T[]> {
  const { context, events } = work;
  return [
    await use(factory.forRequest(context, rights, events)),
    await use(factory.forUser(context, rights, events)),
    await factory.scoped(context, rights, events, use),
  ];
}

test('every way of making one knows all tools, offers a user their own, and refuses each admin tool', async (t) => {
  value(t, 'No way in has weaker locks');
  const work = await newWork(database);
  const seen = await eachWay(work, CHAT, async (dispatcher) => {
    const statuses = [];
    for (const name of ADMIN_ONLY) statuses.push((await dispatcher.execute(name, {})).status);
    const known = ADMIN_ONLY.every((name) => dispatcher.has(name));
    return { offered: dispatcher.list().map(({ name }) => name), known, statuses };
  });
  const statuses = Array(7).fill('permission_denied');
  assert.deepEqual(seen, Array(3).fill({ offered: ['query_usage', 'thread_stats'], known: true, statuses }));
  assert.deepEqual(work.taken(), []);
});

test('an admin is offered all nine tools', async (t) => {
  value(t, 'Administration is possible, by those who may');
  const { context, events } = await newWork(database);
  const offered = factory
    .forAdmin(context, ADMIN, events)
    .list()
    .map(({ name }) => name);
  assert.deepEqual(offered, ['query_usage', 'thread_stats', ...ADMIN_ONLY]);
});

test('a dispatcher for a user is the same for the same run, and theirs alone', async (t) => {
  value(t, 'Every agent of a run works with one set of tools');
  const [work, other] = [await newWork(database), await newWork(database)];
  const mine = factory.forUser(work.context, CHAT, work.events);
  assert.equal(factory.forUser(work.context, CHAT, work.events), mine);
  const theirs = factory.forUser(other.context, CHAT, other.events);
  assert.notEqual(theirs, mine);
  assert.equal(theirs.user_id, other.context.user_id);
  assert.deepEqual([factory.open(work.context.user_id), factory.open(other.context.user_id)], [1, 1]);
});

test('another run or other rights end the user’s dispatcher and make a new one', async (t) => {
  value(t, 'A right that was taken away is gone with the next question');
  const work = await newWork(database);
  const { context, events } = work;
  const admin = factory.forUser(context, ADMIN, events);
  const plain = factory.forUser(context, CHAT, events);
  assert.deepEqual([admin.closed, plain.closed], [true, false]);
  assert.equal((await plain.execute('log_analyzer', {})).status, 'permission_denied');
  const next = factory.forUser(someContext(context.user_id), CHAT, events);
  assert.deepEqual([plain.closed, next.closed], [true, false]);
  assert.equal(factory.open(context.user_id), 1);
});

test('a scope answers what its work answers, and leaves nothing open', async (t) => {
  value(t, 'Nothing has to be remembered to be cleaned up');
  const { context, events } = await newWork(database);
  let kept: ToolDispatcher | undefined;
  const result = await factory.scoped(context, CHAT, events, async (dispatcher) => {
    kept = dispatcher;
    assert.equal(factory.open(context.user_id), 1);
    return (await dispatcher.execute('thread_stats', {})).status;
  });
  assert.equal(result, 'success');
  assert.deepEqual([kept?.closed, factory.open(context.user_id)], [true, 0]);
});

test('cleaning up one user ends all of theirs, told once, and nobody else’s', async (t) => {
  value(t, 'Logging out one customer disturbs no other');
  const [work, other] = [await newWork(database), await newWork(database)];
  const mine = [1, 2, 3].map(() => factory.forRequest(work.context, CHAT, work.events));
  const theirs = factory.forUser(other.context, CHAT, other.events);
  factory.cleanUp(work.context.user_id);
  factory.cleanUp(work.context.user_id);
  assert.deepEqual(
    [...mine, theirs].map(({ closed }) => closed),
    [true, true, true, false],
  );
  assert.equal((await theirs.execute('thread_stats', {})).status, 'success');
  const again = factory.forRequest(work.context, CHAT, work.events);
  assert.equal((await again.execute('thread_stats', {})).status, 'success');
});

test('what one request registers, no other dispatcher has', async (t) => {
  value(t, 'A tool made for one customer is not lent to another');
  const work = await newWork(database);
  const [one, other] = [
    factory.forRequest(work.context, CHAT, work.events),
    factory.forRequest(work.context, CHAT, work.events),
  ];
  one.register({
    name: 'own',
    description: '',
    parameters: {},
    permission: 'chat',
    run: () => Promise.resolve(1),
  });
  assert.deepEqual([one.has('own'), other.has('own')], [true, false]);
  assert.equal((await other.execute('own', {})).status, 'not_found');
});

test('two users at once: results, events, rows and metrics of each are their own', async (t) => {
  value(t, 'Customers who work at the same moment never meet');
  const works = [await newWork(database), await newWork(database)];
  const results = await Promise.all(
    works.map(async ({ context, events }) => {
      const dispatcher = factory.forRequest(context, CHAT, events);
      const answers = await Promise.all(
        ['thread_stats', 'query_usage'].map((name) => dispatcher.execute(name, {})),
      );
      return { answers, metrics: dispatcher.metrics() };
    }),
  );
  for (const [at, { context, taken }] of works.entries()) {
    const events = taken();
    assert.equal(events.length, 4);
    const text = JSON.stringify([events, results[at]]);
    assert.equal(results[at]?.metrics.success, 2);
    for (const [place, other] of works.entries())
      for (const id of [other.context.user_id, other.context.thread_id, other.context.run_id])
        assert.equal(text.includes(id), place === at && text.includes(id));
    assert.ok(events.every((event) => event.run_id === context.run_id));
    assert.equal(await rows(context.user_id), 2);
  }
});

test('a hundred rounds of making and cleaning keep no dispatcher', async (t) => {
  value(t, 'The server of Friday is as quick as the one of Monday');
  const own: DispatcherFactory = dispatchers(database, openCache());
  const { context, events } = await newWork(database);
  for (let round = 0; round < 100; round += 1) {
    own.forRequest(context, CHAT, events).cleanup();
    own.forUser(someContext(context.user_id), CHAT, new RunEvents(context, 'data', { deliver: () => {} }));
    await own.scoped(context, CHAT, events, () => Promise.resolve());
  }
  assert.equal(own.open(context.user_id), 1);
  own.cleanUp(context.user_id);
  assert.equal(own.open(context.user_id), 0);
});

async function rows(user_id: string): Promise<number> {
  return (await database.query('select 1 from tool_usage where user_id = $1', [user_id])).length;
}
