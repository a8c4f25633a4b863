/** What differs by environment, seen in what the service gives and keeps. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { ENVIRONMENTS } from '../../platform/shared/critical-values.ts';
import { authService, closeAuthServices } from '../support/auth-service.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { Clock } from '../support/clock.ts';
import { closeDatabases } from '../support/database.ts';
import { CONTRACT } from '../support/environments.ts';
import { type Answer, bearer, errorCode, get, post, refusalReason } from '../support/http.ts';
import { type Login, loginIn, newCredentials, newUser, serviceHeaders } from '../support/users.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'security',
  strategicImpact: 'Settings meant for a laptop must never reach customers',
});

after(async () => {
  await closeAuthServices();
  closeCaches();
  await closeDatabases();
});

async function newLogin(auth: string): Promise<{ login: Login; body: Answer['body'] }> {
  const credentials = newCredentials();
  assert.equal((await post(`${auth}/auth/register`, credentials)).status, 201);
  const answer = await post(`${auth}/auth/login`, credentials);
  assert.equal(answer.status, 200);
  return { login: loginIn(answer), body: answer.body };
}
const life = (token: string): number => Number(decodeJwt(token).exp) - Number(decodeJwt(token).iat);
const validated = async (auth: string, token: string): Promise<string> => {
  const answer = await post(`${auth}/auth/validate`, { token }, serviceHeaders());
  return answer.status === 200 ? 'valid' : refusalReason(answer);
};

for (const name of ENVIRONMENTS)
  test(`${name}: tokens and the session in Redis live as long as its settings say`, async (t) => {
    value(t, 'A stolen token is worth as little as was decided');
    const [accessMinutes, refreshDays, sessionSeconds] = CONTRACT[name];
    const { login, body } = await newLogin(await authService({ environment: name }));
    assert.equal(body.expires_in, accessMinutes * 60);
    assert.equal(life(login.access), accessMinutes * 60);
    assert.equal(life(login.refresh), refreshDays * 86_400);
    const seconds = await openCache().strict.ttl(`auth:session:${login.sessionId}`);
    assert.ok(seconds > sessionSeconds - 30 && seconds <= sessionSeconds, `the session lives ${seconds} s`);
  });

for (const name of ENVIRONMENTS)
  test(`${name}: a password one character too short is refused, the shortest allowed is taken`, async (t) => {
    value(t, 'Weak passwords do not reach production');
    const auth = await authService({ environment: name });
    const length = CONTRACT[name][6];
    assert.equal((await get(`${auth}/auth/config`)).body.password_length, length);
    const { email } = newCredentials();
    const short = await post(`${auth}/auth/register`, { email, password: 'x'.repeat(length - 1) });
    assert.deepEqual([short.status, errorCode(short)], [422, 'validation_error']);
    const right = await post(`${auth}/auth/register`, { email, password: 'x'.repeat(length) });
    assert.equal(right.status, 201);
  });

test('an access token of production ends after fifteen minutes to the second; refreshing goes on for a week', async (t) => {
  value(t, 'Users stay logged in, thieves do not');
  const clock = new Clock();
  const auth = await authService({ environment: 'production', now: clock.now });
  const { login } = await newLogin(auth);
  clock.advance(15 * 60 - 1);
  assert.equal(await validated(auth, login.access), 'valid');
  clock.advance(1);
  assert.equal(await validated(auth, login.access), 'expired');
  const renewed = await post(`${auth}/auth/refresh`, { refresh_token: login.refresh });
  assert.equal(await validated(auth, loginIn(renewed).access), 'valid');
  clock.advance(7 * 86_400);
  const late = await post(`${auth}/auth/refresh`, { refresh_token: loginIn(renewed).refresh });
  assert.deepEqual([late.status, refusalReason(late)], [401, 'expired']);
});

test('a token is good at every auth service of its environment, and at none of another, with the same secret', async (t) => {
  value(t, 'What works on a laptop opens nothing in production');
  const { access } = await newUser();
  const [here, production] = [await authService(), await authService({ environment: 'production' })];
  assert.equal(await validated(here, access), 'valid');
  assert.equal(await validated(production, access), 'environment');
  assert.equal((await get(`${production}/auth/me`, bearer(access))).status, 401);
});
