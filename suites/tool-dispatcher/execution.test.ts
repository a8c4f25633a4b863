/** What comes of running a tool: a result, two events and a usage row, whatever the tool does. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dispatchers, type Rights, TOOL_TIMEOUT, type Tool } from '../../platform/backend/tools/index.ts';
import { Database } from '../../platform/shared/database.ts';
import { newWork, type Work } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { closeLinks, openLink } from '../support/link.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'Tools are what customers pay for: each call must be right, seen and counted',
});
const database = openDatabase();
const factory = dispatchers(database, openCache());
const CHAT: Rights = { permissions: ['chat'], tier: 'basic' };

after(async () => {
  closeCaches();
  await closeLinks();
  await closeDatabases();
});

const tool = (name: string, run: Tool['run'], timeout?: number): Tool => ({
  name,
  description: `does ${name}`,
  parameters: {},
  permission: 'chat',
  run,
  ...(timeout === undefined ? {} : { timeout }),
});
const usage = (work: Work) =>
  database.query('select tool_name, status, tier, run_id from tool_usage where user_id = $1 order by id', [
    work.context.user_id,
  ]);

test('a tool answers from the database with its result, and only about its own user', async (t) => {
  value(t, 'Answers rest on the customer’s real data');
  const [work, other] = [await newWork(database), await newWork(database)];
  const { execution_time_ms, ...result } = await factory
    .forRequest(work.context, CHAT, work.events)
    .execute('thread_stats', {});
  assert.ok(Number.isInteger(execution_time_ms) && execution_time_ms >= 0);
  const { user_id, thread_id } = work.context;
  assert.deepEqual(result, {
    success: true,
    status: 'success',
    tool_name: 'thread_stats',
    user_id,
    result: { thread_id, title: `thread of ${user_id}`, messages: 2 },
  });
  const foreign = await factory
    .forRequest(work.context, CHAT, work.events)
    .execute('thread_stats', { thread_id: other.context.thread_id });
  assert.equal(foreign.success, false);
  assert.equal('error' in foreign && foreign.error, 'you have no such thread');
});

test('an execution sends executing, then completed, of its own run', async (t) => {
  value(t, 'The user sees the work being done');
  const work = await newWork(database);
  await factory.forRequest(work.context, CHAT, work.events).execute('query_usage', { days: 7 });
  const { user_id, run_id, thread_id } = work.context;
  const events = work.taken();
  assert.deepEqual(
    events.map((event) => [event.type, event.seq, event.user_id, event.run_id, event.thread_id]),
    [
      ['tool_executing', 1, user_id, run_id, thread_id],
      ['tool_completed', 2, user_id, run_id, thread_id],
    ],
  );
});

test('every call leaves one usage row with how it ended', async (t) => {
  value(t, 'Bills are right');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  await dispatcher.execute('query_usage', {});
  await dispatcher.execute('query_usage', { days: 0 });
  await dispatcher.execute('log_analyzer', {});
  await dispatcher.execute('no_such_tool', {});
  const { run_id } = work.context;
  assert.deepEqual(await usage(work), [
    { tool_name: 'query_usage', status: 'success', tier: 'basic', run_id },
    { tool_name: 'query_usage', status: 'error', tier: 'basic', run_id },
    { tool_name: 'log_analyzer', status: 'permission_denied', tier: 'basic', run_id },
    { tool_name: 'no_such_tool', status: 'not_found', tier: 'basic', run_id },
  ]);
  assert.deepEqual(dispatcher.metrics(), {
    success: 1,
    error: 1,
    timeout: 0,
    not_found: 1,
    permission_denied: 1,
    rate_limited: 0,
  });
});

test('a tool that throws at once fails like one that rejects, and cleaning up afterwards harms nobody', async (t) => {
  value(t, 'One careless line in a tool does not stop the server');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  dispatcher.register(
    tool('careless', () => {
      throw new Error('thrown before it began');
    }),
  );
  await assert.doesNotReject(dispatcher.execute('careless', {}), 'a failed tool is a result');
  const ended = await dispatcher.execute('careless', {});
  dispatcher.cleanup();
  assert.deepEqual([ended.status, 'error' in ended && ended.error], ['error', 'thrown before it began']);
  assert.equal((await usage(work)).length, 2);
});

test('a tool that throws is a failed result with an error event, and the next call works', async (t) => {
  value(t, 'One broken tool does not stop the agent');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  dispatcher.register(tool('broken', () => Promise.reject(new Error('out of paper'))));
  const { execution_time_ms, ...failed } = await dispatcher.execute('broken', {});
  assert.ok(execution_time_ms >= 0);
  assert.deepEqual(failed, {
    success: false,
    status: 'error',
    error: 'out of paper',
    tool_name: 'broken',
    user_id: work.context.user_id,
  });
  const completed = work.taken().at(-1);
  assert.ok(completed?.type === 'tool_completed' && completed.payload.status === 'error');
  assert.equal(completed.payload.error, 'out of paper');
  assert.equal((await dispatcher.execute('thread_stats', {})).success, true);
});

test('a tool that is too slow is stopped: a timeout result, its signal aborted, another user not held up', async (t) => {
  value(t, 'A hanging tool costs one answer, not the chat');
  const [work, other] = [await newWork(database), await newWork(database)];
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  let stopped = false;
  const hangs = tool(
    'hangs',
    (_, { signal }) =>
      new Promise((_resolve, reject) => {
        const giveUp = setTimeout(() => reject(new Error('nobody stopped it')), 1_000);
        signal.addEventListener('abort', () => {
          clearTimeout(giveUp);
          stopped = true;
        });
      }),
    50,
  );
  dispatcher.register(hangs);
  const [late, quick] = await Promise.all([
    dispatcher.execute('hangs', {}),
    factory.forRequest(other.context, CHAT, other.events).execute('thread_stats', {}),
  ]);
  assert.deepEqual(
    { status: late.status, error: 'error' in late && late.error, stopped, quick: quick.status },
    { status: 'timeout', error: 'hangs took longer than 50 ms', stopped: true, quick: 'success' },
  );
  assert.equal((await dispatcher.execute('thread_stats', {})).success, true);
});

test('ten calls at once all succeed, with ten pairs of events and ten rows', async (t) => {
  value(t, 'Agents may work on many things at once');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  const results = await Promise.all(Array.from({ length: 10 }, () => dispatcher.execute('thread_stats', {})));
  assert.deepEqual(
    results.map(({ status }) => status),
    Array(10).fill('success'),
  );
  const events = work.taken();
  assert.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: 20 }, (_, at) => at + 1),
  );
  for (const type of ['tool_executing', 'tool_completed'])
    assert.equal(events.filter((event) => event.type === type).length, 10);
  assert.equal((await usage(work)).length, 10);
});

test('a tool that names no time of its own gets the usual thirty seconds, here made short', async (t) => {
  value(t, 'No tool can hang for ever by forgetting to say how long');
  assert.equal(TOOL_TIMEOUT, 30_000);
  const work = await newWork(database);
  const hasty = dispatchers(database, openCache(), 30).forRequest(work.context, CHAT, work.events);
  const giveUp = new AbortController();
  const hangs = new Promise((_, reject) => {
    giveUp.signal.addEventListener('abort', reject);
    setTimeout(() => reject(new Error('nobody stopped it')), 1_000).unref();
  });
  hasty.register(tool('hangs', () => hangs));
  const late = await hasty.execute('hangs', {});
  assert.equal('error' in late && late.error, 'hangs took longer than 30 ms');
  assert.deepEqual(
    [late.status, hasty.metrics().timeout, (await usage(work)).map(({ status }) => status)],
    ['timeout', 1, ['timeout']],
  );
});

test('cleaning up stops what runs: its signal aborts, its call ends as failed, and nothing runs afterwards', async (t) => {
  value(t, 'A closed chat costs nothing more');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  let running = (): void => {};
  const started = new Promise<void>((resolve) => {
    running = resolve;
  });
  let stopped = false;
  const waits = tool('waits', (_, { signal }) => {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    running();
    return new Promise(() => {});
  });
  dispatcher.register(waits);
  const call = dispatcher.execute('waits', {});
  await started;
  dispatcher.cleanup();
  assert.deepEqual([(await call).status, stopped], ['error', true]);
  await assert.rejects(dispatcher.execute('query_usage', {}), /cleaned up/);
  assert.throws(() => dispatcher.register(waits), /cleaned up/);
  assert.equal(dispatcher.has('query_usage'), false);
});

test('the time of a call is the time it took, in the result, the event and the row', async (t) => {
  value(t, 'Slow tools are found by their numbers');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  dispatcher.register(tool('slow', () => database.query('select pg_sleep(0.06)')));
  const { execution_time_ms } = await dispatcher.execute('slow', {});
  assert.ok(execution_time_ms >= 60, `took ${execution_time_ms} ms`);
  const completed = work.taken().at(-1);
  assert.ok(completed?.type === 'tool_completed');
  assert.equal(completed.payload.execution_time_ms, execution_time_ms);
  const [row] = await database.query('select execution_time_ms from tool_usage where user_id = $1', [
    work.context.user_id,
  ]);
  assert.deepEqual(row, { execution_time_ms });
});

test('secrets in arguments and results are not shown, long ones are cut, and the caller has them whole', async (t) => {
  value(t, 'Screens and logs show no keys');
  const work = await newWork(database);
  const dispatcher = factory.forRequest(work.context, CHAT, work.events);
  const [password, long] = ['canary-password', 'x'.repeat(600)];
  dispatcher.register(tool('tells', (args) => Promise.resolve({ args, api_key: password, long })));
  const ended = await dispatcher.execute('tells', { password, long });
  assert.deepEqual(ended.success && ended.result, { args: { password, long }, api_key: password, long });
  const [executing, completed] = work.taken();
  assert.ok(executing?.type === 'tool_executing' && completed?.type === 'tool_completed');
  assert.deepEqual(executing.payload.args, { password: '[REDACTED]', long: `${'x'.repeat(199)}…` });
  const shown = { args: { password: '[REDACTED]', long: `${'x'.repeat(499)}…` }, api_key: '[REDACTED]' };
  assert.ok(completed.payload.status === 'success');
  assert.deepEqual(completed.payload.result, { ...shown, long: `${'x'.repeat(499)}…` });
});

test('while the database is away a tool fails as a result; the next call after it works', async (t) => {
  value(t, 'An outage costs answers, not the agent');
  const work = await newWork(database);
  const link = await openLink(endpoint('DATABASE_URL'));
  const linked = new Database(link.url, { connectionWait: 1_000 });
  const dispatcher = dispatchers(linked, openCache()).forRequest(work.context, CHAT, work.events);
  await link.cut();
  const failed = await dispatcher.execute('thread_stats', {});
  assert.deepEqual([failed.success, failed.status], [false, 'error']);
  await link.mend();
  assert.equal((await dispatcher.execute('thread_stats', {})).status, 'success');
  assert.deepEqual(
    work.taken().map(({ type }) => type),
    ['tool_executing', 'tool_completed', 'tool_executing', 'tool_completed'],
  );
  await linked.close();
});
