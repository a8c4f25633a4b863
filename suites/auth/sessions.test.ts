/** Logging in, staying in, and being out for good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { type Answer, bearer, errorCode, get, post, refusalReason } from '../support/http.ts';
import { type Login, logIn, loginIn, newCredentials, newUser, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'Login is the door of the product, and who stole a key must be out',
});
const auth = (path: string): string => `${endpoint('AUTH_URL')}/auth/${path}`;
const refresh = (refresh_token: string): Promise<Answer> => post(auth('refresh'), { refresh_token });
const reasons = (answers: readonly Answer[]): readonly string[] => answers.map(refusalReason);

test('registering refuses a bad address, a short password and an address that is taken', async (t) => {
  value(t, 'Mistakes are told at once, by name');
  const { email, password } = newCredentials();
  const tried = async (body: object): Promise<readonly [number, string]> => {
    const answer = await post(auth('register'), body);
    return [answer.status, errorCode(answer)];
  };
  assert.deepEqual(await tried({ email: 'nobody', password }), [422, 'validation_error']);
  assert.deepEqual(await tried({ email, password: 'abc' }), [422, 'validation_error']);
  assert.deepEqual(await tried({ email, password }), [201, '']);
  assert.deepEqual(await tried({ email: email.toUpperCase(), password }), [409, 'email_taken']);
});

test('login: 422 for what is missing; one and the same 401 for a wrong password and an unknown address', async (t) => {
  value(t, 'Nobody learns who is a customer');
  const user = await newUser();
  assert.equal((await post(auth('login'), { email: user.email })).status, 422);
  assert.equal((await post(auth('login'), { password: user.password })).status, 422);
  const wrong = await post(auth('login'), { email: user.email, password: 'wrong password' });
  const unknown = await post(auth('login'), newCredentials());
  assert.deepEqual([wrong.status, wrong.body], [401, unknown.body]);
  assert.equal(unknown.status, 401);
});

test('a new login answers tokens that work, and who it is', async (t) => {
  value(t, 'The first minute works');
  const user = await newUser();
  const { status, body } = await get(auth('me'), bearer(user.access));
  assert.equal(status, 200);
  assert.deepEqual(body.user, {
    id: user.id,
    email: user.email,
    full_name: '',
    permissions: ['chat'],
    tier: 'basic',
  });
});

test('refreshing gives new tokens of the same session, again and again', async (t) => {
  value(t, 'Users stay logged in');
  const user = await newUser();
  let login: Login = user;
  for (let round = 0; round < 3; round += 1) {
    const answer = await refresh(login.refresh);
    assert.equal(answer.status, 200);
    const next = loginIn(answer);
    assert.notEqual(next.refresh, login.refresh);
    assert.equal(next.sessionId, user.sessionId);
    assert.equal((await validate(next.access)).status, 200);
    login = next;
  }
});

test('a spent refresh token ends its whole session; another session of the user lives', async (t) => {
  value(t, 'A thief and the owner cannot both stay in');
  const user = await newUser();
  const elsewhere = await logIn(user);
  const rotated = loginIn(await refresh(user.refresh));
  const reuse = await refresh(user.refresh);
  assert.deepEqual([reuse.status, refusalReason(reuse)], [401, 'reused']);
  assert.equal(refusalReason(await refresh(rotated.refresh)), 'ended');
  assert.equal(refusalReason(await validate(rotated.access)), 'revoked');
  assert.equal((await validate(elsewhere.access)).status, 200);
  assert.equal((await refresh(elsewhere.refresh)).status, 200);
});

test('of five refreshes at once exactly one wins', async (t) => {
  value(t, 'A stolen token cannot be raced into a second session');
  const [user, other] = [await newUser(), await newUser()];
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(user.refresh)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401]);
  assert.deepEqual([...reasons(answers)].sort(), ['', 'ended', 'ended', 'ended', 'reused']);
  assert.equal((await refresh(other.refresh)).status, 200);
});

test('an access token cannot be spent as a refresh token', async (t) => {
  value(t, 'A leaked short-lived token stays short-lived');
  const answer = await refresh((await newUser()).access);
  assert.deepEqual([answer.status, refusalReason(answer)], [401, 'type']);
  assert.equal((await refresh('')).status, 422);
});

test('logging out ends access and refresh of this session only', async (t) => {
  value(t, 'Out means out');
  const user = await newUser();
  const elsewhere = await logIn(user);
  assert.equal((await post(auth('logout'), {}, bearer(user.access))).status, 204);
  assert.equal(refusalReason(await validate(user.access)), 'revoked');
  assert.equal(refusalReason(await refresh(user.refresh)), 'ended');
  assert.equal(errorCode(await get(auth('me'), bearer(user.access))), 'invalid_token');
  assert.equal((await validate(elsewhere.access)).status, 200);
});

test('logging out everywhere ends every session of the user and none of another; logging in again works', async (t) => {
  value(t, 'A lost phone is locked out from any other device');
  const [user, other] = [await newUser(), await newUser()];
  const elsewhere = await logIn(user);
  assert.equal((await post(auth('logout'), { everywhere: true }, bearer(user.access))).status, 204);
  for (const login of [user, elsewhere]) {
    assert.equal(refusalReason(await validate(login.access)), 'revoked');
    assert.equal(refusalReason(await refresh(login.refresh)), 'ended');
  }
  assert.equal((await validate(other.access)).status, 200);
  assert.equal((await validate((await logIn(user)).access)).status, 200);
});

test('after 100 attempts on an account the next is refused unread, and another account is not limited', async (t) => {
  value(t, 'Passwords cannot be guessed by trying');
  const [victim, other] = [await newUser(), await newUser()];
  const guess = (): Promise<Answer> => post(auth('login'), { email: victim.email, password: 'guess' });
  const guesses = await Promise.all(Array.from({ length: 99 }, guess));
  assert.deepEqual(new Set(guesses.map(({ status }) => status)), new Set([401]));
  const right = await post(auth('login'), { email: victim.email, password: victim.password });
  assert.deepEqual([right.status, errorCode(right)], [429, 'rate_limited']);
  const wait = Number(right.headers['retry-after']);
  assert.ok(wait >= 1 && wait <= 10, `Retry-After is ${wait}`);
  assert.equal((await validate((await logIn(other)).access)).status, 200);
});
