/** Who works for whom: one session a user, bounded engines and agents, clean-up that hits nobody else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Engine, EngineClosed, LimitReached } from '../../platform/backend/agents/engine.ts';
import {
  AgentRegistry,
  type AgentWarning,
  REGISTRY_LIMITS,
  SWEEP_EVERY,
} from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { endlessAgent, plainAgents, someContext } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { Clock } from '../support/clock.ts';
import { until } from '../support/conditions.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Agents of many customers share one process and nothing else',
});
const delivery = new EventDelivery();
const registryOf = (options?: ConstructorParameters<typeof AgentRegistry>[1]): AgentRegistry =>
  new AgentRegistry(plainAgents(delivery), options);
const reached = (limit: LimitReached['limit'], most: number) => (error: unknown) =>
  error instanceof LimitReached && error.limit === limit && error.most === most;
const closed = (engines: readonly Engine[]): readonly boolean[] => engines.map((engine) => engine.closed);

test('the limits are those of the contract', (t) => {
  value(t, 'A limit is changed on purpose or not at all');
  assert.deepEqual(
    { ...REGISTRY_LIMITS, SWEEP_EVERY },
    {
      enginesPerUser: 2,
      engineLife: 300_000,
      agentsPerEngine: 3,
      agentsWorthAWarning: 50,
      SWEEP_EVERY: 60_000,
    },
  );
});

test('a user has one session, another user another', (t) => {
  value(t, 'Every tab of a user is one conversation partner');
  const registry = registryOf();
  const [one, other] = [randomUUID(), randomUUID()];
  assert.equal(registry.session(one).session_id, registry.session(one).session_id);
  assert.notEqual(registry.session(one).session_id, registry.session(other).session_id);
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 0, agents: 0 });
});

test('the third engine of a user is refused; a closed one frees its place; another user is not counted', (t) => {
  value(t, 'One customer cannot take the machine');
  const registry = registryOf();
  const [user, other] = [randomUUID(), randomUUID()];
  const [first] = [registry.open(someContext(user)), registry.open(someContext(user))];
  assert.throws(() => registry.open(someContext(user)), reached('engines_per_user', 2));
  registry.open(someContext(other));
  first.close();
  first.close(); // again: one place is freed, not two
  registry.open(someContext(user));
  assert.throws(() => registry.open(someContext(user)), reached('engines_per_user', 2));
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 3, agents: 0 });
});

test('the fourth agent at once is refused; one that is done frees its place', (t) => {
  value(t, 'Work in flight is bounded, work over time is not');
  const registry = registryOf();
  const [engine, other] = [registry.open(someContext()), registry.open(someContext())];
  const [first] = [engine.start('triage'), engine.start('data'), engine.start('data')];
  assert.throws(() => engine.start('triage'), reached('agents_per_engine', 3));
  assert.equal(other.start('triage').stage, 'triage');
  engine.release(first);
  assert.equal(engine.start('actions').stage, 'actions');
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 2, agents: 4 });
});

test('an agent that fails frees its place as one that answers does', async (t) => {
  value(t, 'A failing agent does not block the next question');
  const factory = plainAgents(delivery, ({ question }) =>
    question === 'fail'
      ? Promise.reject(new Error('it failed'))
      : Promise.resolve({ text: 'done', toolsUsed: [] }),
  );
  const engine = new AgentRegistry(factory).open(someContext());
  for (let round = 0; round < 4; round += 1) await assert.rejects(engine.run('triage', 'fail'), /it failed/);
  assert.equal(engine.agents, 0);
  assert.equal((await engine.run('triage', 'work')).text, 'done');
});

test('a closed engine starts nothing more, and what it ran was told to stop', async (t) => {
  value(t, 'Closing a chat ends its costs');
  const { agent, begun } = endlessAgent();
  const engine = new AgentRegistry(plainAgents(delivery, agent)).open(someContext());
  const run = engine.run('triage', 'for ever');
  const stopped = assert.rejects(run, { name: 'AbortError' });
  await begun;
  engine.close();
  await stopped;
  assert.throws(() => engine.start('triage'), EngineClosed);
  assert.equal(engine.agents, 0);
});

test('an engine lives five minutes to the millisecond, then the sweep closes it and stops its work', (t) => {
  value(t, 'Forgotten work is cleaned up by itself');
  const clock = new Clock(1_000_000);
  const registry = registryOf({ now: clock.now });
  const old = registry.open(someContext());
  clock.advance(0.001);
  const young = registry.open(someContext());
  clock.advance(299.998);
  assert.equal(registry.sweep(), 0);
  clock.advance(0.001);
  assert.equal(registry.sweep(), 1);
  assert.deepEqual([...closed([old, young]), old.signal.aborted], [true, false, true]);
});

test('the sweep comes by itself, closes what is over, and ends when told', async (t) => {
  value(t, 'Nobody has to remember to clean up');
  const clock = new Clock();
  const registry = registryOf({ now: clock.now });
  const [old, young] = [registry.open(someContext()), registry.open(someContext())];
  clock.advance(299);
  const fresh = registry.open(someContext());
  clock.advance(1);
  const stop = registry.keepSweeping(5);
  await until('the sweep has come', () => old.closed && young.closed);
  stop();
  assert.deepEqual(closed([old, young, fresh]), [true, true, false]);
});

test('a session that nobody uses is forgotten after five minutes, one with work never', (t) => {
  value(t, 'A million visitors of yesterday take no memory today');
  const clock = new Clock();
  const registry = registryOf({ now: clock.now });
  const [idle, busy] = [randomUUID(), randomUUID()];
  registry.open(someContext(idle)).close();
  clock.advance(299);
  const engine = registry.open(someContext(busy));
  registry.sweep();
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 1, agents: 0 });
  clock.advance(1);
  registry.sweep();
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 1, agents: 0 });
  assert.deepEqual([...registry.session(busy).engines], [engine]);
});

test('cleaning up one user closes their engines and nobody else’s; they can begin again', (t) => {
  value(t, 'Logging out one customer disturbs no other');
  const registry = registryOf();
  const [user, other] = [randomUUID(), randomUUID()];
  const mine = [registry.open(someContext(user)), registry.open(someContext(user))];
  const theirs = registry.open(someContext(other));
  registry.cleanUp(user);
  assert.deepEqual(closed([...mine, theirs]), [true, true, false]);
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 1, agents: 0 });
  registry.open(someContext(user));
  assert.deepEqual(registry.counts(), { sessions: 2, engines: 2, agents: 0 });
});

test('clean-up may be called again from inside itself, from every side', (t) => {
  value(t, 'An emergency clean-up never hangs');
  const registry = registryOf();
  const user = randomUUID();
  const engines = [registry.open(someContext(user)), registry.open(someContext(user))];
  const other = registry.open(someContext());
  let calls = 0;
  for (const engine of engines)
    engine.signal.addEventListener('abort', () => {
      calls += 1;
      registry.cleanUp(user);
      registry.sweep();
      engine.close();
    });
  registry.cleanUp(user);
  assert.deepEqual([calls, ...closed([...engines, other])], [2, true, true, false]);
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 1, agents: 0 });
});

test('what begins while its user is cleaned up is left alone', (t) => {
  value(t, 'A new tab survives the closing of the old one');
  const registry = registryOf();
  const user = randomUUID();
  const begun: Engine[] = [];
  registry
    .open(someContext(user))
    .signal.addEventListener('abort', () => begun.push(registry.open(someContext(user))));
  registry.cleanUp(user);
  assert.deepEqual(closed(begun), [false]);
  assert.deepEqual(registry.counts(), { sessions: 1, engines: 1, agents: 0 });
});

test('cleaning up everything under load ends it all, and a new user can begin at once', (t) => {
  value(t, 'A stuck server is freed without a restart');
  const registry = registryOf();
  const engines = Array.from({ length: 20 }, () => registry.open(someContext()));
  for (const engine of engines) for (const stage of ['triage', 'data', 'data'] as const) engine.start(stage);
  assert.deepEqual(registry.counts(), { sessions: 20, engines: 20, agents: 60 });
  registry.cleanUpAll();
  registry.cleanUpAll();
  assert.deepEqual(closed(engines), Array(20).fill(true));
  assert.deepEqual(registry.counts(), { sessions: 0, engines: 0, agents: 0 });
  assert.equal(registry.open(someContext()).start('triage').stage, 'triage');
});

test('the 51st agent of one user at once is reported, once, and again after it was fewer', (t) => {
  value(t, 'A runaway customer is seen before the server is');
  const warnings: AgentWarning[] = [];
  const limits = { enginesPerUser: 2, agentsPerEngine: 100 };
  const registry = registryOf({ limits, onWarning: (warning) => warnings.push(warning) });
  const [user_id, other] = [randomUUID(), randomUUID()];
  const engine = registry.open(someContext(user_id));
  const started = Array.from({ length: 50 }, () => engine.start('data'));
  for (let count = 0; count < 50; count += 1) registry.open(someContext()).start('data');
  registry.open(someContext(other)).start('data');
  assert.deepEqual(warnings, []);
  for (let count = 0; count < 2; count += 1) registry.open(someContext(other)).close();
  registry.open(someContext(user_id)).start('data');
  engine.start('data');
  assert.deepEqual(warnings, [{ user_id, agents: 51 }]);
  for (const instance of started.slice(0, 3)) engine.release(instance);
  engine.start('data');
  engine.start('data');
  assert.deepEqual(warnings, [
    { user_id, agents: 51 },
    { user_id, agents: 51 },
  ]);
});
