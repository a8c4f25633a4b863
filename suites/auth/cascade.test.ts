/** A fault of the auth service as users of the backend meet it: what they are told, what the log says, how it ends. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Tokens } from '../../platform/shared/tokens.ts';
import { type SecondBackend, secondBackend } from '../support/backend.ts';
import { businessValue } from '../support/business-value.ts';
import { until } from '../support/conditions.ts';
import { endpoint } from '../support/endpoints.ts';
import { type Answer, bearer, errorCode, get } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { stopServices } from '../support/service.ts';
import { closeClients, open } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'The first symptom is seldom the fault; hours are lost where the two look alike',
});

after(async () => {
  await closeClients();
  await closeLinks();
  await stopServices();
});

/** No agent is asked anything here: there is no model. */
const backendWith = (changes: Readonly<Record<string, string>>): Promise<SecondBackend> =>
  secondBackend({ LLM_URL: 'http://127.0.0.1:9', ...changes });
const threads = (backend: string, token: string): Promise<Answer> =>
  get(`${backend}/api/threads`, bearer(token));
const UNAVAILABLE = { code: 'auth_unavailable', message: 'try again in a moment' };

test('an outage of the auth service is a 503 with its cause, a good token is never called bad, and it ends by itself', async (t) => {
  value(t, 'Nobody is logged out by an outage');
  const [user, other, link] = [await newUser(), await newUser(), await openLink(endpoint('AUTH_URL'))];
  const backend = await backendWith({ AUTH_SERVICE_URL: link.url, AUTH_BREAKER_RESET_MS: '60' });
  const whole = await backendWith({});
  assert.equal((await threads(backend.url, user.access)).status, 200);
  await link.cut();
  for (let time = 0; time < 5; time += 1) {
    const { status, body } = await threads(backend.url, user.access);
    const error = { ...UNAVAILABLE, symptom: 'no_answer', cause: 'unreachable' };
    assert.deepEqual([status, body], [503, { error }]);
  }
  assert.equal((await get(`${backend.url}/health/ready`)).status, 503);
  assert.equal((await threads(whole.url, other.access)).status, 200);
  await link.mend();
  await until('users are let in', async () => (await threads(backend.url, user.access)).status === 200);
  assert.equal((await threads(backend.url, other.access)).status, 200);
});

test('an open breaker answers the symptom and still names the cause; a bad token stays a bad token', async (t) => {
  value(t, 'The second alarm does not hide the first');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const backend = await backendWith({ AUTH_SERVICE_URL: link.url, AUTH_BREAKER_RESET_MS: '600000' });
  await link.cut();
  for (let time = 0; time < 5; time += 1) await threads(backend.url, user.access);
  const { status, body } = await threads(backend.url, user.access);
  const error = { ...UNAVAILABLE, symptom: 'breaker_open', cause: 'unreachable' };
  assert.deepEqual([status, body], [503, { error }]);
  const bad = await threads(backend.url, 'not.a.token');
  assert.deepEqual([bad.status, errorCode(bad)], [401, 'invalid_token']);
  assert.match(backend.said(), /error token not checked .*"symptom":"no_answer","cause":"unreachable"/);
  assert.match(backend.said(), /error auth breaker is open .*"cause":"unreachable"/);
});

test('2025-09-05: a wrong service secret is told as that, in the answer and in the log, without the secret', async (t) => {
  value(t, 'The outage of the missing secret is found by its first request');
  const user = await newUser();
  const SERVICE_SECRET = 'canary-of-another-deployment';
  const backend = await backendWith({ SERVICE_SECRET });
  const { status, body } = await threads(backend.url, user.access);
  const error = { ...UNAVAILABLE, symptom: 'no_answer', cause: 'credentials_refused' };
  assert.deepEqual([status, body], [503, { error }]);
  assert.match(backend.said(), /"cause":"credentials_refused","reason":".* 403 invalid_service_secret"/);
  for (const secret of [SERVICE_SECRET, user.access]) assert.equal(backend.said().includes(secret), false);
  assert.equal((await threads((await backendWith({})).url, user.access)).status, 200);
});

test('during an outage a socket is closed as a fault of ours (1011), not as a stranger (1008)', async (t) => {
  value(t, 'The client knows to come back rather than to log out');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const backend = await backendWith({ AUTH_SERVICE_URL: link.url, AUTH_BREAKER_RESET_MS: '60' });
  await link.cut();
  const away = open([], bearer(user.access), backend.sockets);
  const { type, code } = await away.frame();
  assert.deepEqual([type, code], ['error', 'auth_unavailable']);
  assert.equal((await away.ended()).code, 1011);
  await link.mend();
  const back = open([], bearer(user.access), backend.sockets);
  assert.equal((await back.frame()).type, 'connection_established');
});

test('without a fault the backend takes tokens of the auth service, and refuses the same ones', async (t) => {
  value(t, 'Both services share one secret and one idea of a user');
  const user = await newUser();
  const { url } = await backendWith({});
  assert.deepEqual((await threads(url, user.access)).body, { threads: [] });
  const early = new Tokens({
    secret: endpoint('JWT_SECRET_KEY'),
    environment: 'test',
    now: () => Date.now() - 301_000,
  });
  const subject = { sub: user.id, sid: user.sessionId, email: user.email, permissions: ['chat'] };
  const { token: expired } = await early.sign('access', 300, subject);
  const answer = await threads(url, expired);
  assert.deepEqual([answer.status, errorCode(answer)], [401, 'invalid_token']);
  assert.equal(errorCode(await get(`${url}/api/threads`)), 'missing_token');
});
