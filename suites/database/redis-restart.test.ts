/** Redis killed with SIGKILL and started again, with its data and without: PostgreSQL is the truth throughout. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { Preferences } from '../../platform/backend/preferences.ts';
import { Sessions } from '../../platform/backend/sessions.ts';
import { Threads } from '../../platform/backend/threads.ts';
import { CACHE_KEYS } from '../../platform/shared/critical-values.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache, untilAnswering } from '../support/cache.ts';
import { closeDatabases, newOwner, openDatabase } from '../support/database.ts';
import { closeOwnRedis, ownRedis } from '../support/own-redis.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'A cache may be lost at any time; what users did may not',
});
const database = openDatabase();
after(async () => {
  await closeOwnRedis();
  closeCaches();
  await closeDatabases();
});

async function onOwnRedis() {
  const redis = await ownRedis();
  const cache = openCache(redis.url);
  await untilAnswering(cache);
  return {
    redis,
    cache,
    threads: new Threads(database, cache),
    sessions: new Sessions(database, cache),
    preferences: new Preferences(database, cache),
  };
}

test('killed: the database answers; started again empty: it fills again, for another user too', async (t) => {
  value(t, 'Losing the whole cache costs one slow read each');
  const { redis, cache, threads } = await onOwnRedis();
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  const [mine, theirs] = [await threads.create(owner, 'mine'), await threads.create(other, 'theirs')];
  await threads.find(owner, mine.id);
  await redis.kill();
  // Not one command waits for the next attempt to reach it.
  await assert.rejects(cache.strict.get('any'), { message: /^Stream isn't writeable/ });
  assert.equal((await threads.find(owner, mine.id))?.title, 'mine');
  assert.equal((await threads.find(other, theirs.id))?.title, 'theirs');
  await redis.restart('lost');
  await untilAnswering(cache);
  assert.equal(await cache.strict.dbsize(), 0);
  assert.equal((await threads.find(owner, mine.id))?.title, 'mine');
  assert.equal((await threads.find(other, theirs.id))?.title, 'theirs');
  const keys = [mine, theirs].map(({ id }) => CACHE_KEYS.threadMeta(id));
  assert.deepEqual((await cache.strict.keys('*')).sort(), keys.sort());
});

test('started again with its old data: what changed meanwhile is not served from it', async (t) => {
  value(t, 'A restart never brings an old answer back');
  const { redis, cache, preferences } = await onOwnRedis();
  const owner = await newOwner(database);
  assert.equal(await preferences.choose(owner, { theme: 'dark' }), true);
  await redis.kill();
  assert.equal(await preferences.choose(owner, { theme: 'light' }), true);
  await redis.restart('kept');
  await untilAnswering(cache);
  const stale = await cache.strict.get(CACHE_KEYS.preferences(owner));
  assert.equal(stale, '{"theme":"dark"}'); // what a believer in caches would be told
  assert.deepEqual(await preferences.of(owner), { theme: 'light' });
  assert.equal(await cache.strict.get(CACHE_KEYS.preferences(owner)), '{"theme":"light"}');
});

test('where a session left off survives, with the data and without', async (t) => {
  value(t, 'After any restart the user is where she was');
  const { redis, cache, sessions, threads } = await onOwnRedis();
  const [user_id, session_id] = [await newOwner(database), randomUUID()];
  const { id: thread_id } = await threads.create(user_id, 'here');
  await sessions.remember({ user_id, session_id, thread_id });
  for (const data of ['kept', 'lost'] as const) {
    await redis.kill();
    await redis.restart(data);
    await untilAnswering(cache);
    assert.equal(
      await cache.strict.exists(CACHE_KEYS.persistentSession(session_id)),
      data === 'kept' ? 1 : 0,
    );
    assert.deepEqual(await sessions.state(user_id, session_id), { user_id, session_id, thread_id });
    assert.equal(await sessions.latest(user_id), session_id);
  }
});
