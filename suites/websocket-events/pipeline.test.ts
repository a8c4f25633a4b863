/** The pipeline in the product: a question over a socket, five agents, one answer that is told and kept. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AgentEvent } from '../../platform/shared/events.ts';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { closeClients, connect } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'The plan from the customer’s own numbers is what the product is bought for',
});
const database = openDatabase();

after(async () => {
  await closeClients();
  await closeDatabases();
});

const handOver = (...stages: readonly string[]): string => `[[tool hand_over ${JSON.stringify({ stages })}]]`;
const names = (events: readonly AgentEvent[]): readonly string[] =>
  events.map(({ agent_name, type }) => `${agent_name} ${type}`);
const runRow = async (events: readonly AgentEvent[]): Promise<object | undefined> =>
  (await database.query('select status, error from runs where id = $1', [events[0]?.run_id]))[0];

const PLAN = `${handOver('data', 'optimization', 'actions', 'reporting')} [[data tool thread_stats]] [[reporting say Save 10 percent]]`;

test('a question that needs a plan goes through all five, in one numbering', async (t) => {
  value(t, 'The customer sees the work being done');
  const client = await connect(await newUser());
  client.ask(PLAN);
  const events = await client.run();
  assert.deepEqual(names(events), [
    'triage agent_started',
    'triage agent_thinking',
    'data agent_thinking',
    'data tool_executing',
    'data tool_completed',
    'data agent_thinking',
    'optimization agent_thinking',
    'actions agent_thinking',
    'reporting agent_thinking',
    'reporting agent_completed',
  ]);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
  );
});

test('the answer of the last stage is the run’s, told once and kept', async (t) => {
  value(t, 'The report can be read again tomorrow');
  const client = await connect(await newUser());
  client.ask(PLAN);
  const events = await client.run();
  const last = events.at(-1);
  assert.ok(last?.type === 'agent_completed');
  assert.deepEqual([last.payload.result, last.payload.tools_used], ['Save 10 percent', ['thread_stats']]);
  const kept = await database.query(
    `select content->>'text' as text, tool_info from messages where run_id = $1 and role = 'assistant'`,
    [last.run_id],
  );
  assert.deepEqual(kept, [{ text: 'Save 10 percent', tool_info: { tools_used: ['thread_stats'] } }]);
  assert.deepEqual(await runRow(events), { status: 'completed', error: null });
});

test('2025-09-05: a plan in the order that broke production is an error told once, and the next question works', async (t) => {
  value(t, 'A model’s mistake costs one answer, not the chat');
  const [user, other] = [await newUser(), await newUser()];
  const [client, theirs] = [await connect(user), await connect(other)];
  client.ask(handOver('optimization', 'data', 'triage'));
  theirs.ask('[[say fine]]');
  const events = await client.run();
  assert.deepEqual(names(events), ['triage agent_started', 'triage agent_thinking', 'triage agent_error']);
  const last = events.at(-1);
  assert.ok(last?.type === 'agent_error');
  assert.equal(last.payload.code, 'pipeline_refused');
  assert.match(last.payload.message, /wrong_order; the order is triage → data → optimization/);
  assert.deepEqual(await runRow(events), { status: 'failed', error: last.payload.message });
  assert.equal((await theirs.run()).at(-1)?.type, 'agent_completed');
  client.ask('[[say better]]');
  assert.equal((await client.run()).at(-1)?.type, 'agent_completed');
});

test('an error in a later stage names that stage', async (t) => {
  value(t, 'Support knows where to look');
  const client = await connect(await newUser());
  client.ask(`${handOver('data', 'reporting')} [[data say 1]] [[reporting fail 503]]`);
  const events = await client.run();
  const last = events.at(-1);
  assert.ok(last?.type === 'agent_error');
  assert.deepEqual([last.agent_name, last.payload.code], ['reporting', 'model_failed']);
  assert.deepEqual(last.payload.context, { stage: 'reporting', run_id: last.run_id });
});

test('the third question at once of one user is refused, and another user is not held up', async (t) => {
  value(t, 'One customer cannot take the machine');
  const [user, other] = [await newUser(), await newUser()];
  const [client, theirs] = [await connect(user), await connect(other)];
  for (let question = 0; question < 3; question += 1) client.ask('[[wait 300]] [[say done]]');
  theirs.ask('[[say fine]]');
  assert.equal((await theirs.run()).at(-1)?.type, 'agent_completed');
  const frames = [];
  for (let ended = 0; ended < 3; ended += 1)
    frames.push(...(await client.framesUntil('agent_completed', 'error')));
  const ends = frames.filter(({ type }) => type === 'agent_completed' || type === 'error');
  assert.deepEqual(
    ends.map(({ type, code }) => [type, code]),
    [
      ['error', 'engine_limit'],
      ['agent_completed', undefined],
      ['agent_completed', undefined],
    ],
  );
  client.ask('[[say again]]');
  assert.equal((await client.run()).at(-1)?.type, 'agent_completed');
});
