/** The five agents at work, on the real model and the real tools: their order, what they hand on, what they tell. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { conduct, PipelineRefused } from '../../platform/backend/agents/pipeline.ts';
import { AgentRegistry } from '../../platform/backend/agents/registry.ts';
import { ModelFailed } from '../../platform/backend/llm-client.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { modelServer, newWork, type Work, workingAgents } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { until } from '../support/conditions.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'An optimization made of nothing is worse than none: it is believed',
});
const model = await modelServer();
const database = openDatabase();
const delivery = new EventDelivery();
const registry = new AgentRegistry(workingAgents(model, database, openCache(), delivery));

after(async () => {
  await stopServices();
  closeCaches();
  await closeDatabases();
});

const handOver = (...stages: readonly string[]): string => `[[tool hand_over ${JSON.stringify({ stages })}]]`;
const ALL = ['data', 'optimization', 'actions', 'reporting'];
const told = (work: Work): readonly string[] =>
  work.taken().map(({ type, agent_name, seq }) => `${seq} ${agent_name} ${type}`);
const refused = (problem: PipelineRefused['problem']) => (error: unknown) =>
  error instanceof PipelineRefused && error.problem === problem;
const newJob = async () => {
  const work = await newWork(database, delivery);
  return { work, engine: registry.open(work.context) };
};

test('a simple question is answered by triage alone, with a tool or without', async (t) => {
  value(t, 'A quick question gets a quick answer');
  const { work, engine } = await newJob();
  assert.deepEqual(await conduct(engine, '[[say Good morning]]'), { text: 'Good morning', toolsUsed: [] });
  assert.deepEqual(told(work), ['1 triage agent_started', '2 triage agent_thinking']);
  const { toolsUsed, text } = await conduct(engine, '[[tool thread_stats]]');
  assert.deepEqual(toolsUsed, ['thread_stats']);
  const { thread_id, user_id } = work.context;
  assert.equal(text, `I found: ${JSON.stringify({ thread_id, title: `thread of ${user_id}`, messages: 2 })}`);
});

test('all five work in order, numbered as one run, and the last one answers', async (t) => {
  value(t, 'A hard question gets a plan, and the user sees who is at work');
  const { work, engine } = await newJob();
  const question = `${handOver(...ALL)} [[data tool thread_stats]] [[reporting say Save 10 percent]]`;
  const answer = await conduct(engine, question);
  assert.deepEqual(answer, { text: 'Save 10 percent', toolsUsed: ['thread_stats'] });
  assert.deepEqual(told(work), [
    '1 triage agent_started',
    '2 triage agent_thinking',
    '3 data agent_thinking',
    '4 data tool_executing',
    '5 data tool_completed',
    '6 data agent_thinking',
    '7 optimization agent_thinking',
    '8 actions agent_thinking',
    '9 reporting agent_thinking',
  ]);
  assert.deepEqual([engine.agents, engine.stage], [0, 'reporting']);
});

test('each stage is told what those before it found, word for word', async (t) => {
  value(t, 'Advice rests on the customer’s own numbers');
  const { engine } = await newJob();
  const marks = '[[data say 42 calls]] [[optimization say halve them]]';
  const { text } = await conduct(engine, `${handOver(...ALL)} ${marks}`);
  const known = 'data: 42 calls\noptimization: halve them';
  // The model repeats what it is told where it has nothing of its own to say.
  assert.equal(text, `${known}\nactions: ${known}`);
});

test('2025-09-05: the order that broke production is refused before any stage works', async (t) => {
  value(t, 'Empty optimizations cannot come back');
  const { work, engine } = await newJob();
  await assert.rejects(conduct(engine, handOver('optimization', 'data', 'triage')), refused('wrong_order'));
  assert.deepEqual(told(work), ['1 triage agent_started', '2 triage agent_thinking']);
  await assert.rejects(conduct(engine, handOver('optimization')), refused('optimization_without_data'));
  await assert.rejects(conduct(engine, handOver('gossip')), refused('unknown_stage'));
  assert.equal((await conduct(engine, '[[say still here]]')).text, 'still here');
});

test('optimization refuses to work without data even where somebody starts it by hand', async (t) => {
  value(t, 'No other way leads around the order');
  const { engine } = await newJob();
  await assert.rejects(engine.run('optimization', 'save!'), refused('optimization_without_data'));
  const { text } = await engine.run('optimization', '[[optimization say save]]', [
    { stage: 'data', text: '42 calls' },
  ]);
  assert.equal(text, 'save');
});

test('a sub-agent works in a context of its own, of the same run', async (t) => {
  value(t, 'The frozen chat of missing run ids cannot come back');
  const { work, engine } = await newJob();
  const { context } = engine.start('data');
  const { user_id, thread_id, run_id, request_id } = work.context;
  assert.deepEqual(
    [context.user_id, context.thread_id, context.run_id, context.parent_request_id, context.depth],
    [user_id, thread_id, run_id, request_id, 1],
  );
  await conduct(engine, `${handOver('data')} [[data tool query_usage]]`);
  assert.equal(await single(database, 'select count(*)::int from tool_usage where run_id = $1', [run_id]), 1);
  assert.equal(new Set(work.taken().map((event) => event.run_id)).size, 1);
});

test('a stage that fails ends the run there: nothing after it works, and the engine is free again', async (t) => {
  value(t, 'Nothing is built on a failure');
  const { work, engine } = await newJob();
  const run = conduct(engine, `${handOver(...ALL)} [[data say 1]] [[optimization fail 500]]`);
  await assert.rejects(run, (error) => error instanceof ModelFailed && / 500$/.test(error.message));
  assert.deepEqual(
    [...new Set(work.taken().map(({ agent_name }) => agent_name))],
    ['triage', 'data', 'optimization'],
  );
  assert.deepEqual([engine.agents, engine.stage], [0, 'optimization']);
  assert.equal((await conduct(engine, '[[say again]]')).text, 'again');
});

test('a run that is stopped in the middle of a stage asks the model nothing more', async (t) => {
  value(t, 'A closed chat costs nothing more');
  const [{ work, engine }, other] = [await newJob(), await newJob()];
  const run = conduct(engine, `${handOver('data', 'optimization')} [[data wait 1500]]`);
  const stopped = assert.rejects(run, { name: 'AbortError' });
  const theirs = conduct(other.engine, `${handOver('data')} [[data wait 50]] [[data say fine]]`);
  await until('the data stage has begun', () => engine.stage === 'data');
  registry.cleanUp(work.context.user_id);
  await stopped;
  assert.deepEqual([engine.closed, engine.agents, engine.stage], [true, 0, 'data']);
  assert.equal((await theirs).text, 'fine');
});
