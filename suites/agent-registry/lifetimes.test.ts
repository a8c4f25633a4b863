/** What is made and cleaned up is gone: nothing in memory holds on to it. It needs no service. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentRegistry } from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { plainAgents, someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { collected } from '../support/measure.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'A server that must be restarted every night is down every night',
});

const alive = (references: readonly WeakRef<object>[]): number =>
  references.filter((reference) => reference.deref() !== undefined).length;

test('fifty rounds of making and cleaning leave no context, engine or agent alive', async (t) => {
  value(t, 'The server of Friday is as quick as the one of Monday');
  const registry = new AgentRegistry(plainAgents(new EventDelivery()));
  const watched: WeakRef<object>[] = [];
  const round = (): void => {
    const context = someContext();
    const engine = registry.open(context);
    for (const stage of ['triage', 'data', 'optimization'] as const)
      watched.push(new WeakRef(engine.start(stage)));
    watched.push(new WeakRef(engine), new WeakRef(context));
    registry.cleanUp(context.user_id);
  };
  for (let count = 0; count < 50; count += 1) round();
  await collected();
  assert.equal(alive(watched), 0);
  assert.deepEqual(registry.counts(), { sessions: 0, engines: 0, agents: 0 });
});

test('engines that are closed one by one, without cleaning up their user, are let go too', async (t) => {
  value(t, 'A customer who chats all day costs no more in the evening');
  const registry = new AgentRegistry(plainAgents(new EventDelivery()));
  const context = someContext();
  const watched: WeakRef<object>[] = [];
  const round = (): void => {
    const engine = registry.open(context);
    watched.push(new WeakRef(engine), new WeakRef(engine.start('data')));
    engine.close();
  };
  for (let count = 0; count < 50; count += 1) round();
  await collected();
  assert.equal(alive(watched), 0);
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 0, agents: 0 });
});
