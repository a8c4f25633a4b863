/** Who gets in at `/ws`, and what those hear who do not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect as tcp } from 'node:net';
import { after, test } from 'node:test';
import { SignJWT, UnsecuredJWT } from 'jose';
import { Tokens } from '../../platform/shared/tokens.ts';
import { secondBackend } from '../support/backend.ts';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { bearer, get, post } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { stopServices } from '../support/service.ts';
import { closeClients, connect, open } from '../support/sockets.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'security',
  strategicImpact: 'The door is the only thing between strangers and everybody’s conversations',
});

after(async () => {
  closeClients();
  await stopServices();
  await closeLinks();
});

const bySubprotocol = (token: string): readonly string[] => [
  'jwt-auth',
  `jwt.${Buffer.from(token).toString('base64url')}`,
];

async function turnedAway(protocols: readonly string[], headers: Record<string, string> = {}): Promise<void> {
  const client = open(protocols, headers);
  assert.equal(await client.errorCode(), 'not_authenticated');
  assert.deepEqual(await client.ended(), { code: 1008, reason: 'not_authenticated' });
  assert.equal(client.raw.split('\n').length, 1); // the error, and nothing else
}

/** A token of this user as the auth service signs them, but a day and a half ago. */
async function ofYesterday(user: User): Promise<string> {
  const now = (): number => Date.now() - 36 * 3_600_000;
  const tokens = new Tokens({ secret: endpoint('JWT_SECRET_KEY'), environment: 'test', now });
  const subject = { sub: user.id, sid: user.sessionId, email: user.email, permissions: ['chat'] };
  return (await tokens.sign('access', 300, subject)).token;
}

const forged = (): Promise<string> =>
  new SignJWT({ sub: 'someone' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode('another secret of at least 32 characters'));

const BAD_TOKENS: readonly (readonly [string, () => Promise<string>])[] = [
  ['nonsense', async () => 'nonsense'],
  ['a token signed with another secret', forged],
  ['a token without a signature', async () => new UnsecuredJWT({ sub: 'someone' }).encode()],
  ['a token of yesterday', async () => ofYesterday(await newUser())],
  ['a refresh token', async () => (await newUser()).refresh],
];
for (const [what, token] of BAD_TOKENS)
  test(`${what} opens nothing, as a header or as a subprotocol`, async (t) => {
    value(t, 'Strangers hear nothing');
    const bad = await token();
    await turnedAway([], bearer(bad));
    await turnedAway(bySubprotocol(bad));
  });

test('no token at all opens nothing', async (t) => {
  value(t, 'Strangers hear nothing');
  await turnedAway([]);
  await turnedAway(['jwt-auth']);
});

test('a token that comes without the protocol jwt-auth is not looked at', async (t) => {
  value(t, 'There is one way in, and it is the documented one');
  const { access } = await newUser();
  const { code, reason } = await open(bySubprotocol(access).slice(1)).ended();
  assert.deepEqual([code, reason], [0, 'Server sent no subprotocol']);
});

test('after logout the token opens nothing; another user still gets in', async (t) => {
  value(t, 'A stolen phone is locked out by one click');
  const [leaver, other] = [await newUser(), await newUser()];
  assert.equal((await post(`${endpoint('AUTH_URL')}/auth/logout`, {}, bearer(leaver.access))).status, 204);
  await turnedAway([], bearer(leaver.access));
  await connect(other);
});

/** The upgrade and the first question in one packet, by hand. @returns all that comes, up to and with `last` */
function inOneBreath(token: string, last: string): Promise<string> {
  const { hostname, port } = new URL(endpoint('WS_URL'));
  const question = Buffer.from('{"type":"user_message","content":"[[say early]]"}');
  const unmasked = [0x81, 0x80 | question.length, 0, 0, 0, 0]; // RFC 6455 5.2: text, masked with zeros
  return new Promise((resolve, reject) => {
    const socket = tcp(Number(port), hostname);
    let text = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new assert.AssertionError({ message: `closed after: ${text}` })));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes(last)) resolve(text);
      if (text.includes(last)) socket.destroy();
    });
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
        `Authorization: Bearer ${token}\r\n\r\n`,
    );
    socket.write(Buffer.concat([Buffer.from(unmasked), question]));
  });
}

test('a question in one packet with the upgrade is answered to a user, and not read for a stranger', async (t) => {
  value(t, 'Fast clients lose nothing, and nobody works the server without a key');
  const answered = await inOneBreath((await newUser()).access, '"agent_completed"');
  assert.ok(answered.includes('"agent_started"') && answered.includes('early'));
  const refused = await inOneBreath('nonsense', '\x88\x13\x03\xf0not_authenticated'); // close 1008
  assert.equal(refused.includes('agent_'), false);
});

test('a browser gets in by subprotocol, and only jwt-auth is agreed on', async (t) => {
  value(t, 'Browsers cannot set headers and must still get in');
  const user = await newUser();
  const client = open(bySubprotocol(user.access));
  assert.equal((await client.frame()).type, 'connection_established');
  assert.equal(client.protocol, 'jwt-auth');
});

test('the welcome names the connection, the user and the limits', async (t) => {
  value(t, 'A client knows how to behave from its first frame');
  const user = await newUser();
  const client = open([], bearer(user.access));
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

test('two connections of one user have names of their own', async (t) => {
  value(t, 'A fault can be followed to the device that had it');
  const user = await newUser();
  const clients = [open([], bearer(user.access)), open([], bearer(user.access))];
  const welcomes = await Promise.all(clients.map((client) => client.frame()));
  assert.equal(new Set(welcomes.map(({ connection_id }) => connection_id)).size, 2);
});

test('plain HTTP on /ws is told to upgrade', async (t) => {
  value(t, 'A readiness check can tell a socket server from a missing page');
  const answer = await get(`${endpoint('BACKEND_URL')}/ws`);
  assert.equal(answer.status, 426);
  assert.equal(answer.headers.upgrade, 'websocket');
});

test('an upgrade at another address is not found', async (t) => {
  value(t, 'Only one address speaks to sockets, and it can be guarded');
  const { access } = await newUser();
  const lost = open([], bearer(access), endpoint('WS_URL').replace('/ws', '/events'));
  const { code, reason } = await lost.ended();
  assert.deepEqual([code, reason], [0, 'Unexpected server response: 404']);
});

test('while the auth service is away: 1011; when it is back the door opens; elsewhere it never closed', async (t) => {
  value(t, 'An outage of one service is told as such, and ends with it');
  const link = await openLink(endpoint('AUTH_URL'));
  const backend = await secondBackend({ AUTH_SERVICE_URL: link.url });
  const [user, other] = [await newUser(), await newUser()];
  await link.cut();
  const refused = open([], bearer(user.access), backend.sockets);
  assert.equal(await refused.errorCode(), 'auth_unavailable');
  assert.deepEqual(await refused.ended(), { code: 1011, reason: 'auth_unavailable' });
  await connect(other);
  await link.mend();
  await connect(user, backend.sockets);
});
