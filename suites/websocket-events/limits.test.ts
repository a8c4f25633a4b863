/** The limits of connections, each set small by its variable, so that it can be seen to act and to end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type SecondBackend, secondBackend } from '../support/backend.ts';
import { businessValue } from '../support/business-value.ts';
import { until } from '../support/conditions.ts';
import { bearer, get } from '../support/http.ts';
import { stopServices } from '../support/service.ts';
import { type Client, closeClients, connect, open } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact:
    'What a user can take from the server is bounded, and the bounds can be moved without a release',
});

/** Its heart beats fast, and who is silent for three of them is idle. */
const LIVELY = { WS_HEARTBEAT_MS: '200', WS_IDLE_MS: '500', WS_MESSAGES_PER_MINUTE: '1000000' };
/** Little of everything. */
const NARROW = {
  WS_CONNECTIONS_PER_USER: '1',
  WS_MESSAGES_PER_MINUTE: '3',
  WS_MESSAGE_PERIOD_MS: '500',
  WS_MESSAGE_BYTES: '2000',
  WS_EVENT_BYTES: '1200',
  WS_OFFLINE_EVENTS: '2',
};
let lively: SecondBackend;
let narrow: SecondBackend;

before(async () => {
  [lively, narrow] = [await secondBackend(LIVELY), await secondBackend(NARROW)];
});
after(async () => {
  closeClients();
  await stopServices();
});

/** Keeps talking, so that this client is not idle, until the other has ended. */
async function talkUntilEnded(talker: Client, silent: Client): Promise<{ code: number; reason: string }> {
  let over = false;
  const ended = silent.ended().finally(() => {
    over = true;
  });
  while (!over) await talker.ping();
  return ended;
}

test('the fourth connection of a user is refused; a closed one frees its place; others are not counted', async (t) => {
  value(t, 'A reconnect loop cannot eat the server');
  const user = await newUser();
  const [first] = [await connect(user), await connect(user), await connect(user)];
  const fourth = open([], bearer(user.access));
  assert.equal(await fourth.errorCode(), 'too_many_connections');
  assert.deepEqual(await fourth.ended(), { code: 1008, reason: 'too_many_connections' });
  await connect(await newUser());
  await first.close();
  await connect(user);
});

test('how many connections a user may have can be set', async (t) => {
  value(t, 'The limit moves with the machine it runs on');
  const user = await newUser();
  const only = await connect(user, narrow.sockets);
  const second = open([], bearer(user.access), narrow.sockets);
  assert.equal(await second.errorCode(), 'too_many_connections');
  await only.ping();
});

test('a connection that is idle is ended with 1000; one that talks lives on', async (t) => {
  value(t, 'Forgotten tabs cost nothing');
  const user = await newUser();
  const [silent, talker] = [await connect(user, lively.sockets), await connect(user, lively.sockets)];
  assert.deepEqual(await talkUntilEnded(talker, silent), { code: 1000, reason: 'idle' });
  await talker.ping();
});

test('a client that does not answer the heartbeat is dropped; one that does is not', async (t) => {
  value(t, 'A connection whose other end is dead frees its place');
  const [user, other] = [await newUser(), await newUser()];
  const dead = await connect(user, lively.sockets, { autoPong: false });
  const live = await connect(other, lively.sockets);
  const gone = await talkUntilEnded(live, dead);
  assert.equal(gone.code, 1006); // without goodbye: the server did not wait for an answer
  await connect(user, lively.sockets);
});

test('the welcome tells the limits that hold', async (t) => {
  value(t, 'A client knows how to behave from its first frame');
  const user = await newUser();
  const [here, there] = [
    open([], bearer(user.access), lively.sockets),
    open([], bearer(user.access), narrow.sockets),
  ];
  assert.equal((await here.frame()).heartbeat_interval_ms, 200);
  assert.equal((await there.frame()).max_message_bytes, 2_000);
});

test('after the period a limited user may speak again; another was never limited', async (t) => {
  value(t, 'A limit is a pause, not a ban');
  const [eager, calm] = [
    await connect(await newUser(), narrow.sockets),
    await connect(await newUser(), narrow.sockets),
  ];
  for (let sent = 0; sent < 3; sent += 1) await eager.ping();
  eager.send({ type: 'ping' });
  assert.equal(await eager.errorCode(), 'rate_limited');
  await calm.ping();
  await until('the period is over', async () => {
    eager.send({ type: 'ping' });
    return (await eager.frame()).type === 'pong';
  });
});

test('how large a message may be can be set', async (t) => {
  value(t, 'The limit moves with the machine it runs on');
  const client = await connect(await newUser(), narrow.sockets);
  client.send('{"type":"ping"}'.padEnd(2_001));
  assert.equal(await client.errorCode(), 'too_large');
  client.send('{"type":"ping"}'.padEnd(2_000));
  assert.equal((await client.frame()).type, 'pong');
});

test('how large an event may be can be set: its bulk is cut, the rest stays whole', async (t) => {
  value(t, 'A small device gets events that it can hold');
  const [usual, slim] = [await connect(await newUser()), await connect(await newUser(), narrow.sockets)];
  for (const client of [usual, slim]) client.ask(`[[say ${'x'.repeat(1_000)}]]`);
  const [whole, cut] = [(await usual.run()).at(-1), (await slim.run()).at(-1)];
  assert.ok(whole?.type === 'agent_completed' && cut?.type === 'agent_completed');
  assert.equal(whole.payload.result, 'x'.repeat(1_000));
  assert.equal(cut.payload.result, `${'x'.repeat(499)}…`);
  assert.deepEqual([cut.payload.status, cut.payload.tools_used, cut.seq], ['success', [], 3]);
});

test('what waits for an absent user can be set', async (t) => {
  value(t, 'Memory is spent where it is there');
  const user = await newUser();
  const client = await connect(user, narrow.sockets);
  client.ask('[[wait 150]] [[say x]]');
  await client.framesUntil('agent_started');
  await client.close();
  await until('two events wait', async () => {
    const { body } = await get(`${narrow.url}/health/counts`);
    return Object(body.events).kept >= 2;
  });
  const back = await connect(user, narrow.sockets);
  const types = (await back.framesUntil('agent_completed')).map(({ type, recovered }) => [type, recovered]);
  assert.deepEqual(types, [
    ['agent_thinking', true],
    ['agent_completed', true],
  ]);
});
