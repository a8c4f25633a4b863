/** What comes of running a tool: a result, two events and a usage row, whatever the tool does. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dispatchers, type Rights, type Tool } from '../../platform/backend/tools/index.ts';
import { newWork, type Work } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';

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
