/** Readers who are behind, broken or away: what is tried again, what is given up first, what waits for their return. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RunEvents } from '../../platform/shared/events.ts';
import { businessValue } from '../support/business-value.ts';
import { until } from '../support/conditions.ts';
import { closeDoors, complete, type Door, openDoor } from '../support/door.ts';
import { endpoint } from '../support/endpoints.ts';
import { get } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { type Client, closeClients, connect, type Frame } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'People on trains and old phones get every answer, and cost nobody else a moment',
});

after(async () => {
  closeClients();
  closeDoors();
  await closeLinks();
});

/** About 6 kB on the wire, and nothing of it is ever cut. */
const BIG = '語'.repeat(1_900);
const think = (run: RunEvents, times: number, thought = BIG): void => {
  for (let step = 1; step <= times; step += 1) run.emit('agent_thinking', { thought, step });
};

/** More than the network between two processes holds (about 4 MB), in events. */
const FLOOD = 2_500;
/** Sends until the reader's socket is full and events wait. */
function flood(run: RunEvents): void {
  think(run, FLOOD);
  complete(run);
}
const seqs = (frames: readonly Frame[]): readonly unknown[] => frames.map(({ seq }) => seq);
const oneTo = (last: number): readonly number[] => Array.from({ length: last }, (_, at) => at + 1);

/** A user whose reader has stopped, and somebody else at the same door. */
async function stalled(
  door: Door,
): Promise<{ run: RunEvents; stuck: Client; other: Client; fine: RunEvents }> {
  const [user, neighbour] = [await newUser(), await newUser()];
  const [stuck, other] = [await connect(user, door.url), await connect(neighbour, door.url)];
  stuck.pause();
  return { run: door.run(user), stuck, other, fine: door.run(neighbour) };
}

test('a reader who pauses and goes on gets every event in order', async (t) => {
  value(t, 'A phone that was busy for a moment misses nothing');
  const door = await openDoor({ outboundEvents: 2 * FLOOD, deliveryAttempts: 1_000, deliveryDelay: 1 });
  const { run, stuck } = await stalled(door);
  flood(run);
  await until('an attempt has failed', () => door.delivery.counts().retried > 0);
  stuck.resume();
  assert.deepEqual(seqs(await stuck.framesUntil('agent_completed')), oneTo(FLOOD + 1));
  const { evicted, slow } = door.delivery.counts();
  assert.deepEqual({ evicted, slow }, { evicted: 0, slow: 0 });
});

test('a reader who takes nothing is disconnected after the third attempt; another is served meanwhile', async (t) => {
  value(t, 'One dead phone does not fill the memory of the server');
  const door = await openDoor({ deliveryDelay: 10 });
  const { run, stuck, other, fine } = await stalled(door);
  flood(run);
  complete(fine, 'at once');
  assert.equal((await other.run()).at(-1)?.type, 'agent_completed');
  await until('the reader is let go', () => door.delivery.counts().users === 1);
  const { retried, slow } = door.delivery.counts();
  assert.deepEqual({ retried, slow }, { retried: 2, slow: 1 });
  stuck.resume();
  assert.equal((await stuck.ended()).code, 1006);
});

test('what a disconnected reader never took waits: the newest fifty, marked, in order', async (t) => {
  value(t, 'Who falls behind reconnects and has the answer');
  const door = await openDoor({ deliveryDelay: 1 });
  const user = await newUser();
  const stuck = await connect(user, door.url);
  stuck.pause();
  flood(door.run(user));
  await until('the reader is let go', () => door.delivery.counts().users === 0);
  const back = await connect(user, door.url);
  const recovered = await back.framesUntil('agent_completed');
  assert.deepEqual(
    recovered.map(({ seq, recovered: mark }) => [seq, mark]),
    oneTo(50).map((at) => [FLOOD - 49 + at, true]),
  );
});

test('a queue that is full gives up its oldest thoughts, never how a run went', async (t) => {
  value(t, 'Under pressure the user loses musings, not the answer');
  const door = await openDoor({ outboundEvents: 20, deliveryDelay: 1_000 });
  const { run, stuck } = await stalled(door);
  think(run, FLOOD);
  for (let tool = 1; tool <= 10; tool += 1)
    run.emit('tool_executing', { tool_name: `tool_${tool}`, args: {}, description: '' });
  think(run, 100);
  complete(run);
  stuck.resume();
  const frames = await stuck.framesUntil('agent_completed');
  const [tools, thoughts] = [oneTo(10).map((at) => FLOOD + at), oneTo(9).map((at) => FLOOD + 101 + at)];
  assert.deepEqual(seqs(frames.slice(-20)), [...tools, ...thoughts, FLOOD + 111]);
  assert.equal(door.delivery.counts().evicted, FLOOD + 111 - frames.length);
});

test('by the contract a thousand events wait, and the oldest thought makes room for the next', async (t) => {
  value(t, 'The limit on memory is the one that was promised');
  const door = await openDoor({ deliveryDelay: 1_000 });
  const { run, stuck } = await stalled(door);
  think(run, FLOOD);
  const { evicted } = door.delivery.counts();
  assert.ok(evicted > 0, 'the flood must be more than the network and the queue hold');
  complete(run);
  stuck.resume();
  const frames = await stuck.framesUntil('agent_completed');
  const sent = FLOOD - 999; // before the thousand that waited when the last one came
  assert.deepEqual(
    seqs(frames.slice(-1_000)),
    oneTo(1_000).map((at) => sent + at),
  );
  assert.equal(frames.length, FLOOD + 1 - evicted - 1);
});

test('a queue of nothing but endings and starts gives up its oldest', async (t) => {
  value(t, 'Even the worst case has a bound');
  const door = await openDoor({ outboundEvents: 5, deliveryDelay: 1_000 });
  const { run, stuck } = await stalled(door);
  think(run, FLOOD);
  const before = door.delivery.counts().evicted;
  for (let at = 1; at <= 12; at += 1) complete(run, `answer ${at}`);
  assert.equal(door.delivery.counts().evicted - before, 12);
  stuck.resume();
  assert.deepEqual(seqs((await stuck.framesUntil('agent_completed')).slice(-1)), [FLOOD + 8]);
  assert.deepEqual(
    seqs(await stuck.frames(4)),
    [9, 10, 11, 12].map((at) => FLOOD + at),
  );
});

test('a second socket of the same user is not held up by the first, and nothing is kept for later', async (t) => {
  value(t, 'A sleeping tablet does not stop the phone');
  const door = await openDoor({ deliveryDelay: 1 });
  const user = await newUser();
  const [tablet, phone] = [await connect(user, door.url), await connect(user, door.url)];
  tablet.pause();
  const run = door.run(user);
  for (let sent = 0; sent < FLOOD; sent += 500) {
    think(run, 500);
    await phone.frames(500);
  }
  complete(run);
  assert.deepEqual(seqs(await phone.framesUntil('agent_completed')), [FLOOD + 1]);
  await until('the tablet is let go', () => door.delivery.connections(user.id) === 1);
  const { slow, kept } = door.delivery.counts();
  assert.deepEqual({ slow, kept }, { slow: 1, kept: 0 });
});

test('what was on a line when it broke waits for its user, once', async (t) => {
  value(t, 'A lost signal in mid-answer loses no part of it');
  const door = await openDoor();
  const link = await openLink(door.url);
  const user = await newUser();
  const client = await connect(user, link.url);
  await link.cut();
  await client.ended();
  await until('the door knows', () => door.delivery.connections(user.id) === 0);
  const run = door.run(user);
  think(run, 2, 'while away');
  complete(run);
  await link.mend();
  const back = await connect(user, link.url);
  const frames = await back.framesUntil('agent_completed');
  assert.deepEqual(
    frames.map(({ seq, recovered }) => [seq, recovered]),
    [
      [1, true],
      [2, true],
      [3, true],
    ],
  );
  const { kept, replayed } = door.delivery.counts();
  assert.deepEqual({ kept, replayed }, { kept: 3, replayed: 3 });
});

test('for a user who is away the newest fifty wait; of another nothing is displaced', async (t) => {
  value(t, 'A week away ends with the latest answers, not the first');
  const door = await openDoor();
  const [away, other] = [await newUser(), await newUser()];
  think(door.run(away), 60, 'short');
  complete(door.run(other), 'mine');
  const back = await connect(away, door.url);
  assert.deepEqual(
    seqs(await back.frames(50)),
    oneTo(50).map((at) => at + 10),
  );
  const theirs = await connect(other, door.url);
  assert.deepEqual(seqs(await theirs.framesUntil('agent_completed')), [1]);
});

test('the backend says how delivery goes, and names nobody', async (t) => {
  value(t, 'Trouble is seen on a dashboard before a customer calls');
  const client = await connect(await newUser());
  client.ask('[[say hello]]');
  await client.run();
  const { status, body } = await get(`${endpoint('BACKEND_URL')}/health/counts`);
  assert.equal(status, 200);
  assert.deepEqual(body.events, {
    users: 1,
    refused: 0,
    kept: 0,
    replayed: 0,
    evicted: 0,
    retried: 0,
    slow: 0,
  });
});

test('what nobody came back for within an hour is forgotten', async (t) => {
  value(t, 'Users who never return cost no memory');
  const door = await openDoor();
  const [soon, late] = [await newUser(), await newUser()];
  const hour = 3_600_000;
  const sent = Date.now();
  complete(door.run(soon));
  door.delivery.sweep(sent + hour - 1_000);
  const back = await connect(soon, door.url);
  assert.equal((await back.framesUntil('agent_completed')).at(-1)?.recovered, true);
  complete(door.run(late), 'too old');
  door.delivery.sweep(Date.now() + hour);
  const after = await connect(late, door.url);
  complete(door.run(late), 'new');
  const [first] = await after.framesUntil('agent_completed');
  assert.deepEqual([first?.seq, first?.recovered], [1, undefined]);
  const { kept, replayed } = door.delivery.counts();
  assert.deepEqual({ kept, replayed }, { kept: 2, replayed: 1 });
});
