/** Agents are made for one context each, and never unheard. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { AgentInstanceFactory, FactoryRefused } from '../../platform/backend/agents/instance-factory.ts';
import { AgentRegistry } from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { PIPELINE } from '../../platform/shared/critical-values.ts';
import { plainAgents, someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'stability',
  strategicImpact: 'An agent that nobody hears looks like a frozen chat',
});
const refused = (problem: FactoryRefused['problem']) => (error: unknown) =>
  error instanceof FactoryRefused && error.problem === problem;
const noSignal = new AbortController().signal;

test('the factory makes nothing without its event bridge', (t) => {
  value(t, 'No agent ever works unheard');
  const factory = new AgentInstanceFactory(new Map([['triage', async () => ({ text: '', toolsUsed: [] })]]));
  assert.throws(() => factory.create(someContext(), 'triage'), refused('no_event_bridge'));
  assert.throws(() => factory.events(someContext(), 'triage'), refused('no_event_bridge'));
  assert.throws(() => factory.connect(null), refused('no_event_bridge'));
  assert.throws(
    () => new AgentRegistry(factory).open(someContext()).start('triage'),
    refused('no_event_bridge'),
  );
  factory.connect(new EventDelivery());
  assert.equal(factory.create(someContext(), 'triage').stage, 'triage');
});

test('a factory that is connected stays so when somebody tries to disconnect it', (t) => {
  value(t, 'A careless restart does not silence the agents');
  const factory = plainAgents(new EventDelivery());
  assert.throws(() => factory.connect(null), refused('no_event_bridge'));
  assert.equal(factory.create(someContext(), 'data').stage, 'data');
});

test('a stage without an agent is refused by name', (t) => {
  value(t, 'A missing part is found at once');
  const factory = new AgentInstanceFactory(new Map());
  factory.connect(new EventDelivery());
  for (const stage of PIPELINE)
    assert.throws(() => factory.create(someContext(), stage), refused('unknown_agent'));
});

test('each instance speaks as its own stage, in its own run, to its own user', async (t) => {
  value(t, 'The user sees which agent is at work');
  const delivery = new EventDelivery();
  const factory = plainAgents(delivery);
  for (const stage of PIPELINE) {
    const context = someContext();
    await factory.create(context, stage).run('?', noSignal);
    const seen = delivery
      .takeKept(context.user_id)
      .map(({ agent_name, run_id, user_id, seq }) => ({ agent_name, run_id, user_id, seq }));
    const { run_id, user_id } = context;
    assert.deepEqual(seen, [{ agent_name: stage, run_id, user_id, seq: 1 }]);
  }
});

test('two instances of one stage keep nothing of each other', async (t) => {
  value(t, 'What one customer’s agent learns no other’s knows');
  const delivery = new EventDelivery();
  const noted: unknown[] = [];
  const factory = plainAgents(delivery, async ({ context, question, findings }) => {
    noted.push({ user: context.user_id, question, findings });
    return { text: context.user_id, toolsUsed: [] };
  });
  const [one, other] = [someContext(), someContext()];
  const [mine, theirs] = [factory.create(one, 'data'), factory.create(other, 'data')];
  const canary = randomUUID();
  assert.deepEqual(await mine.run(canary, noSignal, [{ stage: 'data', text: canary }]), {
    text: one.user_id,
    toolsUsed: [],
  });
  await theirs.run('mine', noSignal);
  assert.deepEqual(noted[1], { user: other.user_id, question: 'mine', findings: [] });
  assert.notEqual(mine.events, theirs.events);
});
