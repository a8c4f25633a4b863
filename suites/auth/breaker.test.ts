/** When the auth service fails: the backend stops waiting for it, says what is behind it, and comes back by itself. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AuthClient, Identity } from '../../platform/backend/auth-client.ts';
import { authService, closeAuthServices } from '../support/auth-service.ts';
import { closeClientsOfAuth, watchedClient } from '../support/breaker.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches } from '../support/cache.ts';
import { closeDatabases } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { bearer, load } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'A breaker that never closed once turned one bad minute into an outage until restart',
});
/** ms: long enough never to pass within a test */
const LONG = 600_000;
const SHORT = 40;

after(async () => {
  closeClientsOfAuth();
  await closeLinks();
  await closeAuthServices();
  closeCaches();
  await closeDatabases();
});

/** What `times` questions in a row come to. */
async function asked(client: AuthClient, { access }: User, times: number): Promise<readonly Identity[]> {
  const identities: Identity[] = [];
  for (let time = 0; time < times; time += 1) identities.push(await client.identify(access));
  return identities;
}
const no = (symptom: 'no_answer' | 'breaker_open', cause: string): object => ({
  kind: 'unavailable',
  symptom,
  cause,
});
const kinds = (identities: readonly Identity[]): readonly string[] => identities.map(({ kind }) => kind);

test('four failures leave the breaker closed, the fifth opens it, and then nobody waits', async (t) => {
  value(t, 'One bad request is not an outage, and an outage is a quick answer');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client } = watchedClient(link.url, LONG);
  await link.cut();
  assert.deepEqual(await asked(client, user, 4), Array(4).fill(no('no_answer', 'unreachable')));
  assert.equal(client.state, 'closed');
  assert.deepEqual(await asked(client, user, 1), [no('no_answer', 'unreachable')]);
  assert.equal(client.state, 'open');
  await link.mend(); // an open breaker asks nobody: it does not know yet
  assert.deepEqual(await asked(client, user, 3), Array(3).fill(no('breaker_open', 'unreachable')));
});

test('a success in between begins the count again', async (t) => {
  value(t, 'A service with hiccups stays in use');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client, states } = watchedClient(link.url, LONG);
  for (let round = 0; round < 2; round += 1) {
    await link.cut();
    assert.deepEqual(kinds(await asked(client, user, 4)), Array(4).fill('unavailable'));
    await link.mend();
    assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
  }
  assert.deepEqual(states, []);
});

test('five failures open it even in the middle of much good traffic', async (t) => {
  value(t, 'A busy hour does not hide an outage');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client } = watchedClient(link.url, LONG);
  assert.deepEqual(new Set(kinds(await asked(client, user, 40))), new Set(['known']));
  await link.cut();
  await asked(client, user, 5);
  assert.equal(client.state, 'open');
});

test('after the reset time one probe closes it, and everybody is known again', async (t) => {
  value(t, 'The end of an outage needs no human');
  const [user, other] = [await newUser(), await newUser()];
  const link = await openLink(endpoint('AUTH_URL'));
  const { client, states, until } = watchedClient(link.url, SHORT);
  await link.cut();
  await asked(client, user, 5);
  await link.mend();
  await until('half_open');
  assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
  assert.deepEqual(states, ['open', 'half_open', 'closed']);
  assert.deepEqual(kinds(await asked(client, other, 3)), ['known', 'known', 'known']);
});

test('a probe that fails opens it again, and it still ends, however often', async (t) => {
  value(t, 'A long outage ends as surely as a short one');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client, states, until } = watchedClient(link.url, SHORT);
  await link.cut();
  await asked(client, user, 5);
  for (let probe = 0; probe < 3; probe += 1) {
    await until('half_open');
    assert.deepEqual(await asked(client, user, 1), [no('no_answer', 'unreachable')]);
    assert.equal(client.state, 'open');
  }
  await link.mend();
  await until('half_open');
  assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
  assert.deepEqual(states, ['open', ...Array(3).fill(['half_open', 'open']).flat(), 'half_open', 'closed']);
});

test('while one probe is out nobody else is sent after it', async (t) => {
  value(t, 'A service that gets up is not knocked down again');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client, until } = watchedClient(link.url, SHORT);
  await link.cut();
  await asked(client, user, 5);
  await link.mend();
  await until('half_open');
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.identify(user.access)));
  assert.deepEqual([...kinds(answers)].sort(), ['known', ...Array(4).fill('unavailable')]);
  assert.equal(client.state, 'closed');
});

test('a refused token is an answer: thirty of them leave the breaker closed', async (t) => {
  value(t, 'One client with an old token locks nobody else out');
  const [user, gone] = [await newUser(), await newUser()];
  await load(`${endpoint('AUTH_URL')}/auth/logout`, { method: 'POST', headers: bearer(gone.access) });
  const { client, states } = watchedClient(endpoint('AUTH_URL'), LONG);
  const refused = await asked(client, gone, 30);
  assert.deepEqual(refused, Array(30).fill({ kind: 'refused', reason: 'revoked' }));
  assert.deepEqual(states, []);
  assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
});

test('a token that is bad by itself costs the auth service no question', async (t) => {
  value(t, 'A flood of garbage stops at the first door');
  const [user, link] = [await newUser(), await openLink(endpoint('AUTH_URL'))];
  const { client, states } = watchedClient(link.url, LONG);
  await link.cut();
  for (let time = 0; time < 10; time += 1)
    assert.deepEqual(await client.identify('not.a.token'), { kind: 'refused', reason: 'malformed' });
  assert.deepEqual(states, []);
  await link.mend(); // whoever is asked for is known at once: no question was counted against the service
  assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
});

test('behind a refusal of every user stands our own wrong secret, and it is called that', async (t) => {
  value(t, 'The outage of the missing secret is found in a minute, not in hours');
  const user = await newUser();
  const { client } = watchedClient(endpoint('AUTH_URL'), LONG, 'not the secret of the deployment');
  assert.deepEqual(await asked(client, user, 6), [
    ...Array(5).fill(no('no_answer', 'credentials_refused')),
    no('breaker_open', 'credentials_refused'),
  ]);
});

test('behind the auth service’s own failure stands its Redis: the backend says server_error and recovers', async (t) => {
  value(t, 'The error behind the error is named, so that the right team is called');
  const [user, link] = [await newUser(), await openLink(endpoint('REDIS_URL'))];
  const auth = await authService({ redis: link.url });
  const { client, until } = watchedClient(auth, SHORT);
  assert.deepEqual(kinds(await asked(client, user, 1)), ['known']);
  await link.cut();
  const failed = await Promise.all(Array.from({ length: 5 }, () => client.identify(user.access)));
  assert.deepEqual(failed, Array(5).fill(no('no_answer', 'server_error')));
  await link.mend();
  let identity: Identity = { kind: 'refused', reason: 'not asked yet' };
  while (identity.kind !== 'known') {
    if (client.state === 'open') await until('half_open');
    [identity = identity] = await asked(client, user, 1);
  }
  assert.equal(client.state, 'closed');
});
