/** Guessing passwords: how often, for how long not, and what the answers do not say. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Accounts } from '../../platform/auth/accounts.ts';
import { authService, closeAuthServices } from '../support/auth-service.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { Clock } from '../support/clock.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { type Answer, bearer, errorCode, post } from '../support/http.ts';
import { type Credentials, logIn, loginIn, newCredentials, newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'security',
  strategicImpact: 'Most stolen accounts are guessed, not hacked',
});
const database = openDatabase();
const clock = new Clock();
/** the limits of production: three attempts in ten minutes, three failures lock for fifteen */
let production = '';

before(async () => {
  production = await authService({ environment: 'production', now: clock.now });
});
after(async () => {
  await closeAuthServices();
  closeCaches();
  await closeDatabases();
});

const at = (auth: string, { email, password }: Credentials): Promise<Answer> =>
  post(`${auth}/auth/login`, { email, password });
const outcome = (answer: Answer): readonly unknown[] => [answer.status, errorCode(answer)];
const WRONG = [401, 'invalid_credentials'];
const LOCKED = [423, 'account_locked'];

async function registered(): Promise<Credentials> {
  const credentials = newCredentials();
  assert.equal((await post(`${production}/auth/register`, credentials)).status, 201);
  return credentials;
}
async function guess(times: number, { email }: Credentials): Promise<readonly (readonly unknown[])[]> {
  const outcomes = [];
  for (let time = 0; time < times; time += 1)
    outcomes.push(outcome(await at(production, { email, password: 'a wrong password' })));
  return outcomes;
}
const audited = (email: string): Promise<readonly object[]> =>
  database.query(
    `select event, user_id is not null as known, detail->>'reason' as reason from auth_audit
     where detail->>'email' = $1 order by id`,
    [email],
  );

test('in production the third wrong password in a row locks the account, for the right one too', async (t) => {
  value(t, 'A guesser gets three tries, not three million');
  const [victim, other] = [await registered(), await registered()];
  assert.deepEqual(await guess(3, victim), [WRONG, WRONG, WRONG]);
  const right = await at(production, victim);
  assert.deepEqual([...outcome(right), right.headers['retry-after']], [...LOCKED, '900']);
  assert.equal((await at(production, other)).status, 200);
});

test('a lock ends after 900 seconds to the second, and the owner gets in', async (t) => {
  value(t, 'An attack does not cost the customer their account');
  const victim = await registered();
  await guess(3, victim);
  clock.advance(899);
  const late = await at(production, victim);
  assert.deepEqual([...outcome(late), late.headers['retry-after']], [...LOCKED, '1']);
  clock.advance(1);
  assert.equal((await at(production, victim)).status, 200);
});

test('the right password in between begins the count again', async (t) => {
  value(t, 'A typing error now and then locks nobody out');
  const user = await registered();
  await guess(2, user);
  assert.equal((await at(production, user)).status, 200);
  const redis = openCache().strict;
  assert.equal(await redis.get(`auth:failures:${user.email}`), null);
});

test('an address that nobody has is locked just the same', async (t) => {
  value(t, 'A lock does not say who is a customer');
  const nobody = newCredentials();
  assert.deepEqual(await guess(4, nobody), [WRONG, WRONG, WRONG, LOCKED]);
  assert.deepEqual(await audited(nobody.email), [
    { event: 'login_refused', known: false, reason: 'unknown' },
    { event: 'login_refused', known: false, reason: 'unknown' },
    { event: 'login_locked', known: false, reason: 'unknown' },
  ]);
});

test('the same address in capitals is the same account to a guesser', async (t) => {
  value(t, 'The limit cannot be walked around');
  const victim = await registered();
  await guess(2, victim);
  await guess(1, { ...victim, email: victim.email.toUpperCase() });
  assert.deepEqual(outcome(await at(production, victim)), LOCKED);
});

test('the fourth attempt in production’s ten minutes is refused even where all were right', async (t) => {
  value(t, 'A script with a stolen password is slowed down');
  const [user, other] = [await registered(), await registered()];
  for (let time = 0; time < 3; time += 1) assert.equal((await at(production, user)).status, 200);
  const fourth = await at(production, user);
  assert.deepEqual(outcome(fourth), [429, 'rate_limited']);
  const wait = Number(fourth.headers['retry-after']);
  assert.ok(wait > 590 && wait <= 600, `Retry-After is ${wait}`);
  assert.equal((await at(production, other)).status, 200);
});

test('of twenty guesses at the same moment no more than three are looked at', async (t) => {
  value(t, 'Guessing in parallel gains nothing');
  const [victim, accounts] = [await registered(), 'select count(*)::int from auth_audit where user_id = $1'];
  const id = await single(database, 'select id from users where email = $1', [victim.email]);
  const before = Number(await single(database, accounts, [id]));
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => at(production, { ...victim, password: 'wrong' })),
  );
  assert.equal(answers.filter(({ status }) => status === 401).length, 3);
  assert.equal(Number(await single(database, accounts, [id])) - before, 3);
});

test('unknown, wrong and closed are one answer, header for header', async (t) => {
  value(t, 'Nobody learns who is a customer');
  const [wrong, closed] = [await newUser(), await newUser()];
  await database.query('update users set is_active = false where id = $1', [closed.id]);
  const auth = endpoint('AUTH_URL');
  const answers = [
    await at(auth, newCredentials()),
    await at(auth, { ...wrong, password: 'wrong password' }),
    await at(auth, closed),
  ];
  const shown = answers.map(({ status, body, headers }) => ({
    status,
    body,
    headers: Object.entries(headers).filter(([name]) => name !== 'date'),
  }));
  assert.equal(shown[0]?.status, 401);
  assert.deepEqual(shown[1], shown[0]);
  assert.deepEqual(shown[2], shown[0]);
});

test('every attempt costs the verification of one hash, whoever it is for', async (t) => {
  value(t, 'The time of an answer says nothing');
  const accounts = new Accounts(database, 1_024);
  const { email, password } = newCredentials();
  await accounts.register(email, password, '');
  const work: number[] = [];
  for (const [address, word] of [
    [email, password],
    [email, 'wrong'],
    [newCredentials().email, password],
  ] as const) {
    const before = accounts.verified;
    await accounts.authenticate(address, word);
    work.push(accounts.verified - before);
  }
  assert.deepEqual(work, [1, 1, 1]);
});

test('registration, logins, refusals and logouts are on record, without secrets', async (t) => {
  value(t, 'After an incident it can be told who came in');
  const user = await newUser();
  await at(endpoint('AUTH_URL'), { ...user, password: 'canary-password' });
  const again = await logIn(user);
  const auth = endpoint('AUTH_URL');
  const rotated = loginIn(await post(`${auth}/auth/refresh`, { refresh_token: again.refresh }));
  await post(`${auth}/auth/refresh`, { refresh_token: again.refresh });
  await post(`${auth}/auth/logout`, {}, bearer(user.access));
  const rows = await database.query('select event, detail from auth_audit where user_id = $1 order by id', [
    user.id,
  ]);
  assert.deepEqual(rows, [
    { event: 'registered', detail: { via: 'password' } },
    { event: 'login', detail: { via: 'password', session_id: user.sessionId } },
    { event: 'login_refused', detail: { email: user.email, reason: 'password' } },
    { event: 'login', detail: { via: 'password', session_id: again.sessionId } },
    { event: 'refresh_reused', detail: { session_id: again.sessionId } },
    { event: 'logout', detail: { session_id: user.sessionId } },
  ]);
  for (const secret of ['canary-password', user.password, user.access, rotated.refresh])
    assert.equal(JSON.stringify(rows).includes(secret), false);
});
