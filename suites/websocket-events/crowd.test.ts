/** More users and events at once than agents would make: nothing is lost, nothing mixed, nothing left behind in memory. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { closeDoors, type Door, openDoor } from '../support/door.ts';
import { heapInUse, reportLatency } from '../support/measure.ts';
import { latenciesOf, onlyTheirOwn, type Person, people } from '../support/people.ts';
import { closeClients, connect, type Frame } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'A customer brings a whole department on the same morning',
});

after(() => {
  closeClients();
  closeDoors();
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
  const elsewhere = await connect(await newUser()); // the backend beside this crowd
  elsewhere.ask('[[say untouched]]');
  assert.equal((await elsewhere.run()).at(-1)?.type, 'agent_completed');
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

test('twenty-five rounds of connecting, 20 events and leaving leave no memory behind', async (t) => {
  value(t, 'The server need not be restarted at night');
  const door = await openDoor();
  const users = await Promise.all(Array.from({ length: 8 }, newUser));
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
  for (let rounds = 0; rounds < 25; rounds += 1) await round();
  const growth = heapInUse() - before;
  t.diagnostic(`heap ${JSON.stringify({ events: 4_000, growth_bytes: growth })}`);
  assert.ok(growth < 1_500_000, `4,000 events left ${growth} bytes`);
});
