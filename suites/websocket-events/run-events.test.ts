/** What one user sees of one agent run: which events, in which order, with what in them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AgentEvent } from '../../platform/shared/events.ts';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { bearer, get } from '../support/http.ts';
import { closeClients, connect } from '../support/sockets.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'conversion',
  strategicImpact: 'The chat is the product: a silent agent is a lost customer',
});
const WITH_TOOL = 'How long is this? [[tool thread_stats {}]] [[say Quite short.]]';

after(closeClients);

async function runOf(user: User, question: string): Promise<readonly AgentEvent[]> {
  const client = await connect(user);
  client.ask(question);
  const events = await client.run();
  await client.close();
  return events;
}

const of = <Type extends AgentEvent['type']>(events: readonly AgentEvent[], type: Type) =>
  events.filter((event): event is Extract<AgentEvent, { type: Type }> => event.type === type);

test('a question that needs a tool gives the five kinds of event in order', async (t) => {
  value(t, 'The user watches the answer come about and stays');
  const events = await runOf(await newUser(), WITH_TOOL);
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'agent_started',
      'agent_thinking',
      'tool_executing',
      'tool_completed',
      'agent_thinking',
      'agent_completed',
    ],
  );
});

test('seq counts from 1 without a gap, and starts again in the next run', async (t) => {
  value(t, 'A client can tell a lost event from a slow one');
  const client = await connect(await newUser());
  for (const round of ['first', 'second']) {
    client.ask(`${round} ${WITH_TOOL}`);
    assert.deepEqual(
      (await client.run()).map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6],
    );
  }
});

test('every event names its run, thread, user and agent, has its own id and a UTC time in milliseconds', async (t) => {
  value(t, 'An event can always be brought to the right conversation');
  const user = await newUser();
  const events = await runOf(user, WITH_TOOL);
  const [first] = events;
  assert.ok(first);
  assert.match(first.run_id, /^[0-9a-f-]{36}$/);
  assert.match(first.thread_id, /^[0-9a-f-]{36}$/);
  for (const { run_id, thread_id, user_id, agent_name, timestamp } of events) {
    assert.deepEqual(
      { run_id, thread_id, user_id, agent_name },
      { run_id: first.run_id, thread_id: first.thread_id, user_id: user.id, agent_name: 'triage' },
    );
    assert.equal(new Date(timestamp).toISOString(), timestamp);
  }
  assert.equal(new Set(events.map(({ event_id }) => event_id)).size, events.length);
});

test('a tool is announced with its arguments and answered with what the database holds', async (t) => {
  value(t, 'The user sees which data an answer rests on');
  const events = await runOf(await newUser(), WITH_TOOL);
  const [executing, completed] = [of(events, 'tool_executing')[0], of(events, 'tool_completed')[0]];
  assert.ok(executing && completed);
  assert.deepEqual(executing.payload, {
    tool_name: 'thread_stats',
    args: {},
    description: 'How many messages your conversation has',
  });
  const { execution_time_ms, ...rest } = completed.payload;
  assert.ok(Number.isInteger(execution_time_ms) && execution_time_ms >= 0);
  assert.deepEqual(rest, {
    tool_name: 'thread_stats',
    status: 'success',
    result: { thread_id: completed.thread_id, title: WITH_TOOL, messages: 1 },
  });
});

test('the end carries the answer and the tools used, and the answer is kept before it is told', async (t) => {
  value(t, 'An answer that was shown is never lost');
  const user = await newUser();
  const events = await runOf(user, WITH_TOOL);
  const [completed] = of(events, 'agent_completed');
  assert.ok(completed);
  const { total_execution_time_ms, ...rest } = completed.payload;
  assert.ok(Number.isInteger(total_execution_time_ms) && total_execution_time_ms >= 0);
  assert.deepEqual(rest, { status: 'success', result: 'Quite short.', tools_used: ['thread_stats'] });
  const { body } = await get(
    `${endpoint('BACKEND_URL')}/api/threads/${completed.thread_id}/messages`,
    bearer(user.access),
  );
  assert.ok(Array.isArray(body.messages));
  assert.deepEqual(
    body.messages.map(({ role, content, run_id }) => ({ role, content, run_id })),
    [
      { role: 'user', content: { text: WITH_TOOL }, run_id: completed.run_id },
      { role: 'assistant', content: { text: 'Quite short.' }, run_id: completed.run_id },
    ],
  );
});

test('a simple question uses no tool', async (t) => {
  value(t, 'Simple answers come fast');
  const events = await runOf(await newUser(), '[[say Hello.]]');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['agent_started', 'agent_thinking', 'agent_completed'],
  );
  assert.deepEqual(of(events, 'agent_completed')[0]?.payload.tools_used, []);
});

test('a failing model ends the run in one agent_error; the next question is answered', async (t) => {
  value(t, 'A failure is said, never a frozen chat');
  const [user, other] = [await newUser(), await newUser()];
  const [client, bystander] = [await connect(user), await connect(other)];
  client.ask('[[fail 500]]');
  const failed = await client.run();
  assert.deepEqual(
    failed.map(({ type, seq }) => ({ type, seq })),
    [
      { type: 'agent_started', seq: 1 },
      { type: 'agent_thinking', seq: 2 },
      { type: 'agent_error', seq: 3 },
    ],
  );
  assert.deepEqual(of(failed, 'agent_error')[0]?.payload, {
    code: 'model_failed',
    message: 'the language model answered 500',
    context: { stage: 'triage', run_id: failed[0]?.run_id },
  });
  client.ask('[[say Back again.]]');
  bystander.ask('[[say Not touched.]]');
  assert.equal(of(await client.run(), 'agent_completed')[0]?.payload.result, 'Back again.');
  assert.equal(of(await bystander.run(), 'agent_completed')[0]?.payload.result, 'Not touched.');
});

test('a failing tool is told as an error and the agent still answers', async (t) => {
  value(t, 'One broken tool does not cost the answer');
  const events = await runOf(await newUser(), '[[tool thread_stats {"thread_id":"nonsense"}]]');
  const [completed] = of(events, 'tool_completed');
  assert.ok(completed);
  assert.equal(completed.payload.status, 'error');
  assert.equal('error' in completed.payload && completed.payload.error, 'thread_id must be a uuid');
  assert.equal(
    of(events, 'agent_completed')[0]?.payload.result,
    'I found: thread_stats failed: thread_id must be a uuid',
  );
});
