/** Whose work it is: contexts that cannot be changed, shared, forged or left empty. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ContextRefused, childContext, createContext } from '../../platform/backend/agents/context.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { RunEvents } from '../../platform/shared/events.ts';
import { someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { collected } from '../support/measure.ts';

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

test('a context has a request of its own, a time in UTC, and the session and socket that it came by', (t) => {
  value(t, 'Every answer finds its way back');
  const before = new Date().toISOString();
  const input = { ...ids(), websocket_client_id: randomUUID() };
  const { request_id, created_at, ...rest } = createContext(input);
  assert.match(request_id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(request_id, input.run_id);
  assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(created_at >= before && created_at <= new Date().toISOString());
  assert.deepEqual(rest, { ...input, metadata: {}, parent_request_id: null, depth: 0 });
});

test('a child cannot be given another identity, not even by its metadata', (t) => {
  value(t, 'A sub-agent cannot be turned against another customer');
  const parent = someContext();
  for (const key of ['user_id', 'thread_id', 'run_id', 'session_id'])
    assert.throws(
      () => childContext(parent, { [key]: randomUUID() }),
      refusal(`metadata.${key}`, 'reserved'),
    );
  assert.equal(childContext(parent).user_id, parent.user_id);
});

test('what a child is given replaces its copy only, at every depth', (t) => {
  value(t, 'Sub-agents note things down without writing in each other’s books');
  const plan = { steps: ['one'] };
  const parent = someContext(randomUUID(), { plan, mood: 'calm' });
  const child = childContext(parent, { mood: 'busy' });
  assert.deepEqual(child.metadata, { plan, mood: 'busy' });
  assert.deepEqual(parent.metadata, { plan, mood: 'calm' });
  assert.notEqual(child.metadata.plan, parent.metadata.plan);
  assert.throws(() => Object.assign(Object(child.metadata.plan), { steps: [] }), TypeError);
});

test('a refused context leaves those that exist as they were', (t) => {
  value(t, 'One bad request spoils no other');
  const context = someContext(randomUUID(), { note: 'mine' });
  const before = JSON.stringify(context);
  for (const run_id of ['', 'default', 'temp_1'])
    assert.throws(() => createContext({ ...context, run_id }), ContextRefused);
  assert.equal(JSON.stringify(context), before);
  assert.equal(childContext(context).run_id, context.run_id);
});

test('twenty contexts made at once share no request, no metadata and no word of each other', async (t) => {
  value(t, 'Rush hour mixes nobody up');
  const made = await Promise.all(
    Array.from({ length: 20 }, async () => someContext(randomUUID(), { canary: randomUUID() })),
  );
  assert.equal(new Set(made.map(({ request_id }) => request_id)).size, 20);
  assert.equal(new Set(made.map(({ metadata }) => metadata)).size, 20);
  for (const one of made)
    for (const other of made)
      assert.equal(JSON.stringify(one).includes(String(other.metadata.canary)), one === other);
});

test('a hundred contexts are let go when nobody holds them', async (t) => {
  value(t, 'Yesterday’s conversations take no memory today');
  const held = someContext();
  const watched = Array.from({ length: 100 }, () => new WeakRef(childContext(someContext())));
  await collected();
  assert.equal(watched.filter((reference) => reference.deref() !== undefined).length, 0);
  assert.equal(childContext(held).depth, 1);
});
