/** Out means out: on every validation, for every session, and above all while the list of who is out cannot be read. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { authService, closeAuthServices } from '../support/auth-service.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { until } from '../support/conditions.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { type Answer, bearer, errorCode, get, post, refusalReason } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { logIn, newUser, serviceHeaders, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'An employee who left yesterday must not read anything today',
});
const database = openDatabase();

after(async () => {
  await closeAuthServices();
  await closeLinks();
  closeCaches();
  await closeDatabases();
});

const logOut = (token: string, body: object = {}): Promise<Answer> =>
  post(`${endpoint('AUTH_URL')}/auth/logout`, body, bearer(token));

test('while Redis is away nobody is let in, not even with a good token; when it is back everybody is', async (t) => {
  value(t, 'An outage opens no door, and ends by itself');
  const [user, gone] = [await newUser(), await newUser()];
  await logOut(gone.access);
  const link = await openLink(endpoint('REDIS_URL'));
  const auth = await authService({ redis: link.url });
  const asked = (token: string): Promise<Answer> =>
    post(`${auth}/auth/validate`, { token }, serviceHeaders());
  assert.equal((await asked(user.access)).status, 200);
  await link.cut();
  for (const token of [user.access, gone.access]) {
    const answer = await asked(token);
    assert.deepEqual([answer.status, errorCode(answer)], [503, 'unavailable']);
  }
  const me = await get(`${auth}/auth/me`, bearer(user.access));
  assert.deepEqual([me.status, errorCode(me)], [503, 'unavailable']);
  assert.equal((await validate(user.access)).status, 200); // another process with its own connection
  await link.mend();
  await until('Redis is back', async () => (await asked(user.access)).status === 200);
  assert.equal(refusalReason(await asked(gone.access)), 'revoked');
});

test('while Redis is away there is no login and no refresh, and both work afterwards', async (t) => {
  value(t, 'A session that could not be ended is never begun');
  const user = await newUser();
  const link = await openLink(endpoint('REDIS_URL'));
  const auth = await authService({ redis: link.url });
  await link.cut();
  const { email, password } = user;
  assert.equal((await post(`${auth}/auth/login`, { email, password })).status, 503);
  assert.equal((await get(`${auth}/health/ready`)).status, 503);
  await link.mend();
  await until('the service is ready', async () => (await get(`${auth}/health/ready`)).status === 200);
  assert.equal((await post(`${auth}/auth/login`, { email, password })).status, 200);
  assert.equal((await post(`${auth}/auth/refresh`, { refresh_token: user.refresh })).status, 200);
});

test('a session that Redis has lost comes back from PostgreSQL, one that had ended does not', async (t) => {
  value(t, 'A restart of Redis logs nobody out, and nobody in');
  const [user, gone] = [await newUser(), await newUser()];
  await logOut(gone.access);
  const redis = openCache().strict;
  for (const { sessionId, access } of [user, gone])
    await redis.del(`auth:session:${sessionId}`, `auth:revoked:${decodeJwt(access).jti}`);
  assert.equal((await validate(user.access)).status, 200);
  assert.equal(refusalReason(await validate(gone.access)), 'revoked');
  const kept: unknown = JSON.parse((await redis.get(`auth:session:${user.sessionId}`)) ?? '{}');
  assert.ok(typeof kept === 'object' && kept !== null && 'user_id' in kept);
  assert.equal(kept.user_id, user.id);
});

test('the token with which somebody logged out stays refused for the rest of its life', async (t) => {
  value(t, 'A token copied before logging out is worth nothing');
  const user = await newUser();
  await logOut(user.access);
  const { jti, exp } = decodeJwt(user.access);
  const seconds = await openCache().strict.ttl(`auth:revoked:${jti}`);
  const left = Number(exp) - Math.floor(Date.now() / 1000);
  assert.ok(Math.abs(seconds - left) <= 2, `revoked for ${seconds} s of ${left} s`);
  assert.equal(refusalReason(await validate(user.access)), 'revoked');
});

test('logging out twice, or with nothing, changes nothing for anybody', async (t) => {
  value(t, 'A repeated click is no error');
  const [user, other] = [await newUser(), await newUser()];
  assert.deepEqual([(await logOut(user.access)).status, (await logOut(user.access)).status], [204, 204]);
  const without = await post(`${endpoint('AUTH_URL')}/auth/logout`, {});
  assert.deepEqual([without.status, errorCode(without)], [401, 'missing_token']);
  const garbage = await logOut('not.a.token');
  assert.deepEqual([garbage.status, errorCode(garbage)], [401, 'invalid_token']);
  assert.equal((await validate(other.access)).status, 200);
});

test('a closed account cannot log in, refresh or ask who it is; another is untouched', async (t) => {
  value(t, 'Ending an account ends it');
  const [user, other] = [await newUser(), await newUser()];
  await database.query('update users set is_active = false where id = $1', [user.id]);
  const auth = endpoint('AUTH_URL');
  await assert.rejects(logIn(user), /login answered 401/);
  const refreshed = await post(`${auth}/auth/refresh`, { refresh_token: user.refresh });
  assert.deepEqual([refreshed.status, refusalReason(refreshed)], [401, 'revoked']);
  assert.equal((await get(`${auth}/auth/me`, bearer(user.access))).status, 401);
  assert.equal((await get(`${auth}/auth/me`, bearer(other.access))).status, 200);
});

test('twenty users at once get their own answers, and no word of another', async (t) => {
  value(t, 'Rush hour mixes nobody up');
  const users = await Promise.all(Array.from({ length: 20 }, newUser));
  const answers = await Promise.all(users.map(({ access }) => validate(access)));
  for (const [at, { body }] of answers.entries()) {
    assert.deepEqual([body.user_id, body.session_id], [users[at]?.id, users[at]?.sessionId]);
    const said = JSON.stringify(body);
    for (const [place, other] of users.entries())
      for (const word of [other.id, other.email, other.sessionId])
        assert.equal(said.includes(word), place === at);
  }
});

test('an admin gets a token for the admin door, which opens nothing else; nobody else gets one', async (t) => {
  value(t, 'An everyday token cannot administer anything');
  const [user, admin] = [await newUser(), await newUser()];
  await database.query(`update users set permissions = '{chat,admin}' where id = $1`, [admin.id]);
  const { email, password } = admin;
  const { body } = await post(`${endpoint('AUTH_URL')}/auth/login`, { email, password });
  const token = String(body.admin_token);
  assert.equal(decodeJwt(token).aud, 'netra-admin');
  const url = `${endpoint('AUTH_URL')}/auth/validate`;
  const asAdmin = (candidate: string): Promise<Answer> =>
    post(url, { token: candidate, token_type: 'admin' }, serviceHeaders());
  assert.equal((await asAdmin(token)).status, 200);
  assert.equal(refusalReason(await validate(token)), 'audience');
  assert.equal(refusalReason(await asAdmin(String(body.access_token))), 'audience');
  const plain = { email: user.email, password: user.password };
  assert.equal('admin_token' in (await post(`${endpoint('AUTH_URL')}/auth/login`, plain)).body, false);
});
