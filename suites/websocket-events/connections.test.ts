/** Who gets in at `/ws`, what a connection may send, and what it costs nobody else. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SignJWT } from 'jose';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { get } from '../support/http.ts';
import { closeClients, connect, open } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'Hostile or broken clients must not take the chat away from anyone',
});

after(closeClients);

const turnedAway = async (protocols: readonly string[], headers: Record<string, string>): Promise<void> => {
  const client = open(protocols, headers);
  const { type, code } = await client.frame();
  assert.deepEqual({ type, code }, { type: 'error', code: 'not_authenticated' });
  assert.equal((await client.ended()).code, 1008);
};

test('without a token, with nonsense, or with a token signed by someone else: an error, then close 1008', async (t) => {
  value(t, 'Strangers hear nothing');
  const forged = await new SignJWT({ sub: 'someone' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('another secret of at least 32 characters'));
  await turnedAway([], {});
  await turnedAway([], { authorization: 'Bearer nonsense' });
  await turnedAway([], { authorization: `Bearer ${forged}` });
  await turnedAway(['jwt-auth', `jwt.${Buffer.from(forged).toString('base64url')}`], {});
});

test('a browser gets in by subprotocol, and only jwt-auth is agreed on', async (t) => {
  value(t, 'Browsers cannot set headers and must still get in');
  const user = await newUser();
  const client = open(['jwt-auth', `jwt.${Buffer.from(user.access).toString('base64url')}`]);
  assert.equal((await client.frame()).type, 'connection_established');
  assert.equal(client.protocol, 'jwt-auth');
});

test('the welcome names the connection, the user and the limits', async (t) => {
  value(t, 'A client knows how to behave from its first frame');
  const user = await newUser();
  const client = open([], { authorization: `Bearer ${user.access}` });
  const { connection_id, server_time, ...rest } = await client.frame();
  assert.deepEqual(rest, {
    type: 'connection_established',
    user_id: user.id,
    heartbeat_interval_ms: 45_000,
    max_message_bytes: 8_192,
  });
  assert.match(String(connection_id), /^[0-9a-f-]{36}$/);
  assert.equal(new Date(String(server_time)).toISOString(), server_time);
});

test('plain HTTP on /ws is told to upgrade', async (t) => {
  value(t, 'A readiness check can tell a socket server from a missing page');
  const answer = await get(`${endpoint('BACKEND_URL')}/ws`);
  assert.equal(answer.status, 426);
  assert.equal(answer.headers.get('upgrade'), 'websocket');
});

test('each malformed frame gets one error that echoes nothing, and the connection lives', async (t) => {
  value(t, 'A bug in a client is told to its author, not to its users');
  const client = await connect(await newUser());
  const hostile = '<script>canary</script>';
  const frames: readonly (readonly [string | Buffer, string])[] = [
    [`{"type": ${hostile}`, 'invalid_json'],
    ['', 'invalid_json'],
    ['[]', 'invalid_message'],
    ['null', 'invalid_message'],
    ['42', 'invalid_message'],
    ['{}', 'missing_type'],
    ['{"type":null}', 'missing_type'],
    [`{"type":"${hostile}"}`, 'unknown_type'],
    ['{"type":"agent_completed","payload":{}}', 'unknown_type'],
    ['{"type":"user_message"}', 'invalid_content'],
    ['{"type":"user_message","content":"  "}', 'invalid_content'],
    [`{"type":"user_message","content":"hi","thread_id":"${hostile}"}`, 'invalid_thread_id'],
    [Buffer.from([0, 1, 2]), 'binary_not_supported'],
    [JSON.stringify({ type: 'user_message', content: 'x'.repeat(8_192) }), 'too_large'],
  ];
  for (const [frame, code] of frames) {
    client.send(frame);
    const answer = await client.frame();
    assert.deepEqual(Object.keys(answer).sort(), ['code', 'message', 'timestamp', 'type']);
    assert.deepEqual({ type: answer.type, code: answer.code }, { type: 'error', code });
  }
  assert.equal(client.raw.includes('canary'), false);
  client.ask('[[say still here]]');
  assert.equal((await client.run()).at(-1)?.type, 'agent_completed');
});

test('a thread of someone else is as good as none', async (t) => {
  value(t, 'Guessing an id opens no conversation');
  const [owner, stranger] = [await connect(await newUser()), await connect(await newUser())];
  owner.ask('[[say mine]]');
  const thread = (await owner.run())[0]?.thread_id;
  stranger.ask('let me in', thread);
  const { type, code } = await stranger.frame();
  assert.deepEqual({ type, code }, { type: 'error', code: 'thread_not_found' });
  owner.ask('[[say still mine]]', thread);
  assert.equal((await owner.run()).at(-1)?.thread_id, thread);
});

test('the fourth connection of a user is refused; a closed one frees its place; others are not counted', async (t) => {
  value(t, 'A reconnect loop cannot eat the server');
  const user = await newUser();
  const [first] = [await connect(user), await connect(user), await connect(user)];
  const fourth = open([], { authorization: `Bearer ${user.access}` });
  assert.equal((await fourth.frame()).code, 'too_many_connections');
  assert.equal((await fourth.ended()).code, 1008);
  await connect(await newUser());
  await first?.close();
  await connect(user);
});

test('the 31st message within a minute is refused; the connection lives and another user is not limited', async (t) => {
  value(t, 'A runaway script pays for itself');
  const user = await newUser();
  const client = await connect(user);
  for (let sent = 0; sent < 30; sent += 1) await client.ping();
  client.send({ type: 'ping' });
  const { type, code } = await client.frame();
  assert.deepEqual({ type, code }, { type: 'error', code: 'rate_limited' });
  const other = await connect(await newUser());
  await other.ping();
  const second = await connect(user); // accepted: the limit is on messages
  second.send({ type: 'ping' });
  assert.equal((await second.frame()).code, 'rate_limited');
});
