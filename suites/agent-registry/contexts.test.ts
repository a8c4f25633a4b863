/** Whose work it is: contexts that cannot be changed, shared, forged or left empty. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ContextRefused, childContext, createContext } from '../../platform/backend/agents/context.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { RunEvents } from '../../platform/shared/events.ts';
import { someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'Mixed-up contexts are mixed-up customers',
});
const ids = () => ({
  user_id: randomUUID(),
  thread_id: randomUUID(),
  run_id: randomUUID(),
  session_id: randomUUID(),
});
const refusal = (field: string, reason: ContextRefused['reason']) => (error: unknown) =>
  error instanceof ContextRefused && error.field === field && error.reason === reason;

test('a context is frozen to its depths, and what it was made of may change without it', (t) => {
  value(t, 'No agent can change whose work it is');
  const metadata = { plan: { steps: ['one'] } };
  const context = createContext({ ...ids(), metadata });
  metadata.plan.steps.push('two');
  assert.deepEqual(context.metadata, { plan: { steps: ['one'] } });
  for (const target of [context, context.metadata, context.metadata.plan])
    assert.throws(() => Object.assign(Object(target), { user_id: 'someone else' }), TypeError);
  assert.throws(() => (Object(context.metadata.plan).steps as string[]).push('three'), TypeError);
});

test('two contexts share no metadata', (t) => {
  value(t, 'What one customer’s agent notes down no other reads');
  const canary = `canary-${randomUUID()}`;
  const one = someContext(randomUUID(), { secret: canary });
  const other = someContext(randomUUID(), { note: 'mine' });
  assert.deepEqual(other.metadata, { note: 'mine' });
  assert.deepEqual(one.metadata, { secret: canary });
  assert.equal(JSON.stringify(other).includes(canary), false);
});

test('empty and placeholder ids are refused by field', (t) => {
  value(t, 'Work without an owner never starts');
  for (const field of ['user_id', 'thread_id', 'run_id', 'session_id'] as const) {
    for (const empty of ['', '   '])
      assert.throws(() => createContext({ ...ids(), [field]: empty }), refusal(field, 'empty'));
    for (const word of [
      'registry',
      'placeholder',
      'default',
      'Temp',
      'none',
      'NULL',
      'undefined',
      '0',
      '1',
      'xxx',
      'yyy',
      'example',
    ])
      assert.throws(() => createContext({ ...ids(), [field]: word }), refusal(field, 'placeholder'));
    for (const prefixed of ['registry_1', 'default_user', 'temp_abc'])
      assert.throws(() => createContext({ ...ids(), [field]: prefixed }), refusal(field, 'placeholder'));
  }
  const long = 'default_of_a_customer_called_default';
  assert.equal(createContext({ ...ids(), user_id: long }).user_id, long);
});

test('reserved metadata keys are refused', (t) => {
  value(t, 'Metadata cannot pose as identity');
  for (const key of ['user_id', 'thread_id', 'run_id', 'request_id', 'created_at'])
    assert.throws(
      () => createContext({ ...ids(), metadata: { [key]: 'x' } }),
      refusal(`metadata.${key}`, 'reserved'),
    );
});

test('a child keeps user, thread and run, has its own request, and records its parent and depth', (t) => {
  value(t, 'Sub-agents speak in the right conversation');
  const parent = someContext(randomUUID(), { goal: 'save' });
  const child = childContext(parent, { step: 1 });
  const grandchild = childContext(child);
  for (const { user_id, thread_id, run_id } of [child, grandchild])
    assert.deepEqual(
      { user_id, thread_id, run_id },
      {
        user_id: parent.user_id,
        thread_id: parent.thread_id,
        run_id: parent.run_id,
      },
    );
  assert.equal(new Set([parent, child, grandchild].map(({ request_id }) => request_id)).size, 3);
  assert.deepEqual([child.parent_request_id, child.depth], [parent.request_id, 1]);
  assert.deepEqual([grandchild.parent_request_id, grandchild.depth], [child.request_id, 2]);
  assert.deepEqual([parent.metadata, child.metadata], [{ goal: 'save' }, { goal: 'save', step: 1 }]);
});

test('events of a sub-agent carry the run; an event without one is refused and counted, and reaches nobody', (t) => {
  value(t, 'The frozen chat of missing run ids cannot come back');
  const delivery = new EventDelivery();
  const context = childContext(someContext());
  new RunEvents(context, 'data', delivery).emit('agent_thinking', { thought: 'counting', step: 1 });
  const kept = delivery.takeKept(context.user_id);
  assert.deepEqual(
    kept.map(({ run_id }) => run_id),
    [context.run_id],
  );
  for (const run_id of ['', '  ', 'registry', 'null'])
    new RunEvents({ ...context, run_id }, 'data', delivery).emit('agent_thinking', {
      thought: 'lost',
      step: 1,
    });
  assert.equal(delivery.counts().refused, 4);
  assert.deepEqual(delivery.takeKept(context.user_id), []);
});
