/** What Redis holds, key by key: for how long, for whom, and how it follows the rows behind it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { Preferences } from '../../platform/backend/preferences.ts';
import { type SessionState, Sessions } from '../../platform/backend/sessions.ts';
import { Threads } from '../../platform/backend/threads.ts';
import { CACHE_KEYS } from '../../platform/shared/critical-values.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { until } from '../support/conditions.ts';
import { closeDatabases, newOwner, openDatabase, single } from '../support/database.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'What a user chose and where she was is there on every device, at once',
});
const database = openDatabase();
const cache = openCache();
const threads = new Threads(database, cache);
const sessions = new Sessions(database, cache);
const preferences = new Preferences(database, cache);
after(async () => {
  closeCaches();
  await closeDatabases();
});

/** A user who is in a thread, in a session. */
async function somebody(
  tier: 'basic' | 'enterprise' = 'basic',
): Promise<SessionState & { thread_id: string }> {
  const [user_id, session_id] = [await newOwner(database, tier), randomUUID()];
  const { id: thread_id } = await threads.create(user_id, 'somewhere');
  await sessions.remember({ user_id, session_id, thread_id });
  return { user_id, session_id, thread_id };
}

/** For each key of the contract: its seconds, and what fills it. */
const KEYS: readonly (readonly [
  string,
  number,
  (at: SessionState & { thread_id: string }) => Promise<unknown>,
  (at: SessionState & { thread_id: string }) => string,
])[] = [
  [
    'session:{id}',
    3_600,
    (at) => sessions.tier(at.user_id, at.session_id),
    (at) => `session:${at.session_id}`,
  ],
  ['user:{id}:session', 3_600, (at) => sessions.remember(at), (at) => `user:${at.user_id}:session`],
  [
    'user:{id}:preferences',
    1_800,
    (at) => preferences.of(at.user_id),
    (at) => `user:${at.user_id}:preferences`,
  ],
  [
    'thread:{id}:meta',
    1_800,
    (at) => threads.find(at.user_id, at.thread_id),
    (at) => `thread:${at.thread_id}:meta`,
  ],
  [
    'persistent:session:{id}',
    86_400,
    (at) => sessions.remember(at),
    (at) => `persistent:session:${at.session_id}`,
  ],
];
for (const [name, seconds, fill, key] of KEYS)
  test(`${name} lives for ${seconds} seconds, and comes back after it is gone`, async (t) => {
    value(t, 'Memory is bounded, and nothing is served that is older than promised');
    const at = await somebody();
    await fill(at);
    const left = await cache.strict.ttl(key(at));
    assert.ok(left > seconds - 10 && left <= seconds, `${left} seconds are left`);
    await cache.strict.pexpire(key(at), 1);
    await until('it has expired', async () => (await cache.strict.exists(key(at))) === 0);
    await fill(at);
    assert.equal(await cache.strict.exists(key(at)), 1);
  });

test('preferences are read from the row once, then from the cache', async (t) => {
  value(t, 'Every page asks for them; the database is asked once');
  const { user_id } = await somebody();
  const behindItsBack = `update users set preferences = '{"theme":"behind"}' where id = $1`;
  assert.deepEqual(await preferences.of(user_id), {});
  await database.query(behindItsBack, [user_id]);
  assert.deepEqual(await preferences.of(user_id), {});
  await cache.invalidate(CACHE_KEYS.preferences(user_id));
  assert.deepEqual(await preferences.of(user_id), { theme: 'behind' });
});

test('what a user chooses is in the row and in the cache at once', async (t) => {
  value(t, 'Who switches to dark is never blinded by the next page');
  const { user_id } = await somebody();
  await preferences.of(user_id);
  assert.equal(await preferences.choose(user_id, { theme: 'dark' }), true);
  assert.deepEqual(await single(database, 'select preferences from users where id = $1', [user_id]), {
    theme: 'dark',
  });
  assert.equal(await cache.strict.get(CACHE_KEYS.preferences(user_id)), '{"theme":"dark"}');
});

test('what a user chooses is hers alone', async (t) => {
  value(t, 'Nobody finds another’s settings');
  const [one, other] = [await somebody(), await somebody()];
  await preferences.choose(one.user_id, { theme: 'dark' });
  assert.deepEqual(await preferences.of(other.user_id), {});
  await preferences.choose(other.user_id, { theme: 'light' });
  assert.deepEqual(await preferences.of(one.user_id), { theme: 'dark' });
});

test('who does not exist has no preferences, and choosing for them leaves nothing in the cache', async (t) => {
  value(t, 'A deleted account leaves no ghost');
  const nobody = randomUUID();
  assert.equal(await preferences.of(nobody), undefined);
  assert.equal(await preferences.choose(nobody, { theme: 'dark' }), false);
  assert.equal(await cache.strict.exists(CACHE_KEYS.preferences(nobody)), 0);
});

test('a session’s state is its own user’s, whoever knows its id', async (t) => {
  value(t, 'Guessing an id opens no conversation');
  const [owner, stranger] = [await somebody(), await somebody()];
  const { user_id, session_id, thread_id } = owner;
  assert.equal(await sessions.state(stranger.user_id, session_id), undefined);
  await sessions.remember({ user_id: stranger.user_id, session_id, thread_id: stranger.thread_id });
  assert.deepEqual(await sessions.state(user_id, session_id), { user_id, session_id, thread_id });
});

test('the latest session is the one that spoke last, from the cache and from the rows', async (t) => {
  value(t, 'The phone goes on where the desktop stopped');
  const first = await somebody();
  const second = { ...first, session_id: randomUUID() };
  await sessions.remember(second);
  assert.equal(await sessions.latest(first.user_id), second.session_id);
  await sessions.remember(first);
  await cache.invalidate(CACHE_KEYS.userSession(first.user_id));
  assert.equal(await sessions.latest(first.user_id), first.session_id);
});

test('what a user pays for comes with the session, and a stranger’s session gives the least', async (t) => {
  value(t, 'Customers get what they pay for, and only they');
  const [payer, free] = [await somebody('enterprise'), await somebody()];
  assert.equal(await sessions.tier(payer.user_id, payer.session_id), 'enterprise');
  assert.equal(await sessions.tier(free.user_id, free.session_id), 'basic');
  assert.equal(await sessions.tier(free.user_id, payer.session_id), 'basic');
});

test('what is deleted with a user is deleted behind the cache too', async (t) => {
  value(t, 'Deleting an account deletes it');
  const [gone, other] = [await somebody(), await somebody()];
  await database.query('delete from users where id = $1', [gone.user_id]);
  await cache.strict.flushdb();
  assert.equal(await sessions.state(gone.user_id, gone.session_id), undefined);
  assert.equal(await sessions.latest(gone.user_id), undefined);
  assert.equal(await sessions.latest(other.user_id), other.session_id);
});
