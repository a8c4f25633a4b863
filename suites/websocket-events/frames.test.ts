/** What a client may send, and what every wrong frame is called: one error, no echo, and the connection lives. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { type Client, closeClients, connect } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'Hostile or broken clients must not take the chat away from anyone',
});

after(closeClients);

const HOSTILE = '<script>canary</script>';
const WRONG_FRAMES: readonly (readonly [string, string | Buffer, string])[] = [
  ['broken JSON', `{"type": ${HOSTILE}`, 'invalid_json'],
  ['nothing', '', 'invalid_json'],
  ['an array', `["${HOSTILE}"]`, 'invalid_message'],
  ['null', 'null', 'invalid_message'],
  ['a number', '42', 'invalid_message'],
  ['a string', `"${HOSTILE}"`, 'invalid_message'],
  ['an empty object', '{}', 'missing_type'],
  ['a type of null', '{"type":null}', 'missing_type'],
  ['a type that is a list', '{"type":["user_message"]}', 'missing_type'],
  ['a type that nobody knows', `{"type":"${HOSTILE}"}`, 'unknown_type'],
  ['an event of the server', '{"type":"agent_completed","payload":{"result":"canary"}}', 'unknown_type'],
  ['a type out of the prototype', '{"type":"__proto__"}', 'unknown_type'],
  ['a message without content', '{"type":"user_message"}', 'invalid_content'],
  ['a message of blanks', '{"type":"user_message","content":" \\n "}', 'invalid_content'],
  ['a message whose content is an object', '{"type":"user_message","content":{}}', 'invalid_content'],
  [
    'a thread that is no id',
    `{"type":"user_message","content":"hi","thread_id":"${HOSTILE}"}`,
    'invalid_thread_id',
  ],
  ['binary', Buffer.from('{"type":"ping"}'), 'binary_not_supported'],
  ['more than 8,192 bytes', JSON.stringify({ type: 'ping', canary: 'x'.repeat(8_192) }), 'too_large'],
];
for (const [what, frame, code] of WRONG_FRAMES)
  test(`${what}: ${code}, once, and the connection lives`, async (t) => {
    value(t, 'A bug in a client is told to its author, not to its users');
    const client = await connect(await newUser());
    client.send(frame);
    const answer = await client.frame();
    assert.deepEqual({ type: answer.type, code: answer.code }, { type: 'error', code });
    assert.deepEqual(Object.keys(answer).sort(), ['code', 'message', 'timestamp', 'type']);
    assert.equal(client.raw.includes('canary'), false);
    assert.equal(/\bat .*:\d+/.test(client.raw), false); // no stack
    await client.ping();
  });

/** A message of exactly so many bytes. */
function messageOf(bytes: number, filling: string): string {
  const empty = JSON.stringify({ type: 'user_message', content: '[[say fits]]' });
  const room = bytes - Buffer.byteLength(empty);
  const count = Math.floor(room / Buffer.byteLength(filling));
  const content = `[[say fits]]${filling.repeat(count)}`;
  return JSON.stringify({ type: 'user_message', content }).padEnd(
    // blanks after the JSON belong to the frame, not to the message
    JSON.stringify({ type: 'user_message', content }).length + (room - count * Buffer.byteLength(filling)),
  );
}

async function answers(client: Client): Promise<unknown> {
  return (await client.run()).at(-1)?.type;
}

test('a message of exactly 8,192 bytes is answered, one more byte is too large', async (t) => {
  value(t, 'The limit is the one in the welcome, to the byte');
  const client = await connect(await newUser());
  client.send(messageOf(8_192, 'x'));
  assert.equal(await answers(client), 'agent_completed');
  client.send(messageOf(8_193, 'x'));
  assert.equal(await client.errorCode(), 'too_large');
});

test('bytes are counted, not characters', async (t) => {
  value(t, 'The limit protects the server in every language');
  const client = await connect(await newUser());
  client.send(messageOf(8_192, '語'));
  assert.equal(await answers(client), 'agent_completed');
  client.send(messageOf(8_193, '語'));
  assert.equal(await client.errorCode(), 'too_large');
});

test('a frame of more than a mebibyte ends its own connection, with 1009, and nobody else’s', async (t) => {
  value(t, 'No single frame can fill the memory of the server');
  const [user, other] = [await newUser(), await newUser()];
  const [greedy, calm] = [await connect(user), await connect(other)];
  greedy.send('x'.repeat(1_048_577));
  assert.equal((await greedy.ended()).code, 1009);
  await calm.ping();
  await (await connect(user)).ping();
});

test('the 31st message within a minute is refused; the connection lives, another user is not limited', async (t) => {
  value(t, 'A runaway script pays for itself');
  const user = await newUser();
  const client = await connect(user);
  for (let sent = 0; sent < 30; sent += 1) await client.ping();
  client.send({ type: 'ping' });
  assert.equal(await client.errorCode(), 'rate_limited');
  await (await connect(await newUser())).ping();
  const second = await connect(user); // accepted: the limit is on messages
  second.send({ type: 'ping' });
  assert.equal(await second.errorCode(), 'rate_limited');
});

test('wrong frames count as messages', async (t) => {
  value(t, 'Sending rubbish is no way around the limit');
  const client = await connect(await newUser());
  for (let sent = 0; sent < 30; sent += 1) client.send('rubbish');
  client.send({ type: 'ping' });
  const codes = (await client.frames(31)).map(({ code }) => code);
  assert.deepEqual(codes, [...Array(30).fill('invalid_json'), 'rate_limited']);
});
