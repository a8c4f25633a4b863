/** Who works for whom: one session a user, bounded engines, ordered stages, clean-up that hits nobody else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import {
  type Agent,
  AgentInstanceFactory,
  FactoryRefused,
} from '../../platform/backend/agents/instance-factory.ts';
import { checkedPipeline, PipelineRefused } from '../../platform/backend/agents/pipeline.ts';
import { AgentRegistry, LimitReached } from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import type { Stage } from '../../platform/shared/critical-values.ts';
import { newWork, someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Agents of many customers share one process and nothing else',
});
const database = openDatabase();
after(closeDatabases);

/** Says how many messages its own thread has. */
const countMessages: Agent = async ({ context, events }) => {
  events.emit('agent_thinking', { thought: `counting for ${context.user_id}`, step: 1 });
  const count = await single(database, 'select count(*)::int from messages where thread_id = $1', [
    context.thread_id,
  ]);
  return { text: `${context.user_id}: ${String(count)}`, toolsUsed: [] };
};
const agents = new Map<Stage, Agent>([
  ['triage', countMessages],
  ['data', countMessages],
  ['optimization', countMessages],
]);

function connected(delivery = new EventDelivery()): AgentInstanceFactory {
  const factory = new AgentInstanceFactory(agents);
  factory.connect(delivery);
  return factory;
}
const refused = (problem: FactoryRefused['problem']) => (error: unknown) =>
  error instanceof FactoryRefused && error.problem === problem;

test('the factory makes nothing without its event bridge', (t) => {
  value(t, 'No agent ever works unheard');
  const factory = new AgentInstanceFactory(agents);
  assert.throws(() => factory.create(someContext(), 'triage'), refused('no_event_bridge'));
  assert.throws(() => factory.connect(null), refused('no_event_bridge'));
  factory.connect(new EventDelivery());
  assert.equal(factory.create(someContext(), 'triage').stage, 'triage');
  assert.throws(() => factory.create(someContext(), 'reporting'), refused('unknown_agent'));
});

test('stages in any order but the right one are refused before one runs', (t) => {
  value(t, 'No customer gets an optimization made of nothing');
  const problem = (stages: readonly string[]): string => {
    try {
      checkedPipeline(stages);
      return 'accepted';
    } catch (error) {
      return error instanceof PipelineRefused ? error.problem : String(error);
    }
  };
  assert.equal(problem(['triage', 'data', 'optimization', 'actions', 'reporting']), 'accepted');
  assert.equal(problem(['triage', 'reporting']), 'accepted');
  assert.equal(problem(['optimization', 'data', 'triage']), 'wrong_order');
  assert.equal(problem(['triage', 'optimization', 'data']), 'wrong_order');
  assert.equal(problem(['triage', 'optimization']), 'optimization_without_data');
  assert.equal(problem(['triage', 'triage']), 'wrong_order');
  assert.equal(problem(['triage', 'gossip']), 'unknown_stage');
  assert.equal(problem([]), 'empty');
});

test('a user has one session, another user another', (t) => {
  value(t, 'Every tab of a user is one conversation partner');
  const registry = new AgentRegistry(connected());
  const [one, other] = [randomUUID(), randomUUID()];
  assert.equal(registry.session(one).session_id, registry.session(one).session_id);
  assert.notEqual(registry.session(one).session_id, registry.session(other).session_id);
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 0 });
});

test('the third engine of a user is refused; a closed one frees its place; another user is not counted', (t) => {
  value(t, 'One customer cannot take the machine');
  const registry = new AgentRegistry(connected());
  const [user, other] = [randomUUID(), randomUUID()];
  const [first] = [registry.open(someContext(user)), registry.open(someContext(user))];
  assert.throws(
    () => registry.open(someContext(user)),
    (error) => error instanceof LimitReached && error.limit === 'engines_per_user' && error.most === 2,
  );
  registry.open(someContext(other));
  first.close();
  registry.open(someContext(user));
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 3 });
});

test('an engine holds at most three agents', (t) => {
  value(t, 'Work in flight is bounded');
  const engine = new AgentRegistry(connected()).open(someContext());
  engine.prepare(['triage', 'data']);
  engine.prepare(['triage']);
  assert.throws(
    () => engine.prepare(['triage']),
    (error) => error instanceof LimitReached && error.limit === 'agents_per_engine' && error.most === 3,
  );
  assert.equal(engine.agents, 3);
});

test('an engine lives five minutes to the millisecond, then the sweep closes it and stops its work', (t) => {
  value(t, 'Forgotten work is cleaned up by itself');
  let now = 1_000_000;
  const registry = new AgentRegistry(connected(), {}, () => now);
  const old = registry.open(someContext());
  now += 1;
  const young = registry.open(someContext());
  now += 299_998;
  assert.equal(registry.sweep(), 0);
  now += 1;
  assert.equal(registry.sweep(), 1);
  assert.deepEqual([old.closed, old.signal.aborted, young.closed], [true, true, false]);
});

test('cleaning up one user closes their engines and nobody else’s; they can begin again', (t) => {
  value(t, 'Logging out one customer disturbs no other');
  const registry = new AgentRegistry(connected());
  const [user, other] = [randomUUID(), randomUUID()];
  const mine = [registry.open(someContext(user)), registry.open(someContext(user))];
  const theirs = registry.open(someContext(other));
  mine[0]?.signal.addEventListener('abort', () => registry.cleanUp(user)); // called again while it runs
  registry.cleanUp(user);
  assert.deepEqual(
    [...mine, theirs].map(({ closed }) => closed),
    [true, true, false],
  );
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 1 });
  registry.open(someContext(user));
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 2 });
});

test('eight users at once each get their own answer and their own events', async (t) => {
  value(t, 'Customers at rush hour are as apart as alone');
  const delivery = new EventDelivery();
  const registry = new AgentRegistry(connected(delivery));
  const works = await Promise.all(Array.from({ length: 8 }, () => newWork(database, delivery)));
  const answers = await Promise.all(
    works.map(async ({ context }) => {
      const engine = registry.open(context);
      const [agent] = engine.prepare(['triage']);
      assert.ok(agent);
      return agent.run('how many?', engine.signal);
    }),
  );
  assert.deepEqual(
    answers.map(({ text }) => text),
    works.map(({ context }) => `${context.user_id}: 2`),
  );
  for (const { context, taken } of works) {
    const events = taken();
    assert.deepEqual(
      events.map(({ user_id, run_id, seq }) => [user_id, run_id, seq]),
      [[context.user_id, context.run_id, 1]],
    );
    for (const other of works)
      assert.equal(
        JSON.stringify(events).includes(other.context.user_id),
        other.context.user_id === context.user_id,
      );
  }
});

test('fifty rounds of making and cleaning leave nothing behind', (t) => {
  value(t, 'The server of Friday is as quick as the one of Monday');
  const registry = new AgentRegistry(connected());
  for (let round = 0; round < 50; round += 1) {
    const context = someContext();
    registry.open(context).prepare(['triage', 'data', 'optimization']);
    registry.cleanUp(context.user_id);
  }
  assert.deepEqual(registry.counts(), { sessions: 0, engines: 0 });
});
