/** Many at once: nothing is lost, nothing out of order, nothing of anyone else; and how long it took is told. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { closeDoors, type Door, openDoor } from '../support/door.ts';
import { heapInUse, reportLatency } from '../support/measure.ts';
import { type Client, closeClients, connect, type Frame } from '../support/sockets.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'A customer brings a whole department on the same morning',
});

after(() => {
  closeClients();
  closeDoors();
});

interface Person {
  readonly user: User;
  readonly client: Client;
  readonly canary: string;
}

async function people(count: number, url?: string): Promise<readonly Person[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const user = await newUser();
      return { user, client: await connect(user, url), canary: `canary-${randomUUID()}` };
    }),
  );
}

function onlyTheirOwn(all: readonly Person[]): void {
  for (const { client, canary, user } of all) {
    const raw = client.raw;
    assert.deepEqual(
      all
        .filter((other) => raw.includes(other.canary) || raw.includes(other.user.id))
        .map(({ user: { id } }) => id),
      [user.id],
    );
    assert.ok(raw.includes(canary));
  }
}
const latenciesOf = (all: readonly Person[]): readonly number[] =>
  all.flatMap(({ client }) => client.latencies);
const EVENTS_OF_A_RUN = [
  'agent_started',
  'agent_thinking',
  'tool_executing',
  'tool_completed',
  'agent_thinking',
  'agent_completed',
];

test('twenty users with four runs each get all 480 events, each run whole and in order', async (t) => {
  value(t, 'Twenty colleagues at once are served like one');
  const all = await people(20);
  const started = performance.now();
  await Promise.all(
    all.map(async ({ client, canary }) => {
      for (let run = 1; run <= 4; run += 1) {
        client.ask(`${canary} [[tool thread_stats {}]]`);
        const events = await client.run();
        assert.deepEqual(
          events.map(({ seq, type }) => [seq, type]),
          EVENTS_OF_A_RUN.map((type, at) => [at + 1, type]),
        );
        assert.equal(new Set(events.map(({ run_id }) => run_id)).size, 1);
      }
    }),
  );
  const latencies = latenciesOf(all);
  assert.equal(latencies.length, 480);
  onlyTheirOwn(all);
  reportLatency(t, 20, latencies, performance.now() - started);
});

/** Twenty events to each, the users taking turns. */
function twentyEach(door: Door, all: readonly Person[]): void {
  const runs = all.map(({ user, canary }) => ({ run: door.run(user), canary }));
  for (let step = 1; step < 20; step += 1)
    for (const { run, canary } of runs) run.emit('agent_thinking', { thought: `${canary} ${step}`, step });
  for (const { run } of runs)
    run.emit('agent_completed', {
      status: 'success',
      result: '',
      tools_used: [],
      total_execution_time_ms: 1,
    });
}
const seqs = (frames: readonly Frame[]): readonly unknown[] => frames.map(({ seq }) => seq);
const TWENTY = Array.from({ length: 20 }, (_, at) => at + 1);

test('fifty users with twenty events each get all 1,000, in order, and only their own', async (t) => {
  value(t, 'Fifty colleagues at once are served like one');
  const door = await openDoor();
  const all = await people(50, door.url);
  const started = performance.now();
  twentyEach(door, all);
  const received = await Promise.all(all.map(({ client }) => client.framesUntil('agent_completed')));
  for (const frames of received) assert.deepEqual(seqs(frames), TWENTY);
  onlyTheirOwn(all);
  reportLatency(t, 50, latenciesOf(all), performance.now() - started);
  assert.equal(latenciesOf(all).length, 1_000);
});

test('users who come and go while others are served neither lose nor gain an event', async (t) => {
  value(t, 'The coming and going of a working day disturbs nobody');
  const door = await openDoor();
  const [staying, leaving] = [await people(5, door.url), await people(5, door.url)];
  const all = [...staying, ...leaving];
  twentyEach(door, all);
  for (const { client } of leaving) await client.framesUntil('agent_completed');
  await Promise.all(leaving.map(({ client }) => client.close()));
  twentyEach(door, all);
  for (const { client } of staying)
    for (const _ of [1, 2]) assert.deepEqual(seqs(await client.framesUntil('agent_completed')), TWENTY);
  for (const { user } of leaving) {
    const recovered = await (await connect(user, door.url)).framesUntil('agent_completed');
    assert.deepEqual(
      recovered.map(({ seq, recovered: mark }) => [seq, mark]),
      TWENTY.map((at) => [at, true]),
    );
  }
});

test('forty rounds of connecting, 20 events and leaving leave no memory behind', async (t) => {
  value(t, 'The server need not be restarted at night');
  const door = await openDoor();
  const users = await Promise.all(Array.from({ length: 10 }, newUser));
  const round = async (): Promise<void> => {
    const all = await Promise.all(
      users.map(async (user) => ({ user, client: await connect(user, door.url), canary: '' })),
    );
    twentyEach(door, all);
    await Promise.all(all.map(({ client }) => client.framesUntil('agent_completed')));
    closeClients();
    await Promise.all(all.map(({ client }) => client.ended()));
  };
  for (let warm = 0; warm < 4; warm += 1) await round();
  const before = heapInUse();
  for (let rounds = 0; rounds < 40; rounds += 1) await round();
  const growth = heapInUse() - before;
  t.diagnostic(`heap ${JSON.stringify({ events: 8_000, growth_bytes: growth })}`);
  assert.ok(growth < 2_000_000, `8,000 events left ${growth} bytes`);
});
