/** Conversations, with Redis in front of PostgreSQL: faster where it can be, right always, not missed when it is away. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { Threads } from '../../platform/backend/threads.ts';
import { CACHE_KEYS } from '../../platform/shared/critical-values.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache, untilAnswering } from '../support/cache.ts';
import { closeDatabases, newOwner, openDatabase, sqlState } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { closeLinks, openLink } from '../support/link.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'A fast answer that is wrong is worse than a slow one',
});
const database = openDatabase();
const redis = openCache();
const threads = new Threads(database, redis);

after(async () => {
  closeCaches();
  await closeLinks();
  await closeDatabases();
});

/** Changes the row behind the cache's back. */
const retitle = (id: string, title: string): Promise<unknown> =>
  database.query('update threads set title = $2 where id = $1', [id, title]);

test('the first read fills the cache for half an hour, the second is answered from it', async (t) => {
  value(t, 'Opening a conversation costs the database one read');
  const owner = await newOwner(database);
  const { id } = await threads.create(owner, 'first');
  const key = CACHE_KEYS.threadMeta(id);
  assert.equal(await redis.strict.exists(key), 0);
  assert.equal((await threads.find(owner, id))?.title, 'first');
  assert.deepEqual(JSON.parse((await redis.strict.get(key)) ?? 'null'), {
    id,
    user_id: owner,
    title: 'first',
  });
  const ttl = await redis.strict.ttl(key);
  assert.ok(ttl > 1_790 && ttl <= 1_800, `time to live is ${ttl} s`);
  await retitle(id, 'behind its back');
  assert.equal((await threads.find(owner, id))?.title, 'first');
});

test('an update through the platform is seen by the next read', async (t) => {
  value(t, 'Who renames a conversation sees the new name');
  const owner = await newOwner(database);
  const { id } = await threads.create(owner, 'old');
  await threads.find(owner, id);
  assert.equal(await threads.rename(owner, id, 'new'), true);
  assert.equal((await threads.find(owner, id))?.title, 'new');
});

test('the cache gives nobody what is another’s, and lets nobody change it', async (t) => {
  value(t, 'Speed does not cost privacy');
  const [owner, stranger] = [await newOwner(database), await newOwner(database)];
  const { id } = await threads.create(owner, 'private');
  await threads.find(owner, id);
  assert.equal(await threads.find(stranger, id), undefined);
  assert.equal(await threads.rename(stranger, id, 'mine now'), false);
  assert.equal((await threads.find(owner, id))?.title, 'private');
});

test('damaged or foreign text in the cache is a miss, and is replaced', async (t) => {
  value(t, 'A bad deploy of another program breaks no conversation');
  const owner = await newOwner(database);
  const { id } = await threads.create(owner, 'true');
  for (const damage of ['{"id":', '[]', '{"id":1}']) {
    await redis.strict.set(CACHE_KEYS.threadMeta(id), damage);
    assert.equal((await threads.find(owner, id))?.title, 'true');
  }
});

test('what is not there is not remembered as not there', async (t) => {
  value(t, 'A conversation can be opened the moment it exists');
  const owner = await newOwner(database);
  const id = '00000000-0000-4000-8000-000000000000';
  assert.equal(await threads.find(owner, id), undefined);
  await database.query('insert into threads (id, user_id, title) values ($1, $2, $3)', [id, owner, 'late']);
  assert.equal((await threads.find(owner, id))?.title, 'late');
});

test('with Redis away the database answers; when it is back it is used again, for another user too', async (t) => {
  value(t, 'Losing the cache is slow, not down');
  const link = await openLink(endpoint('REDIS_URL'));
  const cache = openCache(link.url);
  const store = new Threads(database, cache);
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  const [mine, theirs] = [await store.create(owner, 'mine'), await store.create(other, 'theirs')];
  await untilAnswering(cache);
  await link.cut();
  assert.equal((await store.find(owner, mine.id))?.title, 'mine');
  assert.equal((await threads.find(other, theirs.id))?.title, 'theirs'); // who is not cut off is not touched
  await link.mend();
  await untilAnswering(cache);
  assert.equal((await store.find(owner, mine.id))?.title, 'mine');
  assert.equal(await redis.strict.exists(CACHE_KEYS.threadMeta(mine.id)), 1);
});

test('what changed while Redis was away is not served from it afterwards', async (t) => {
  value(t, 'An outage leaves no stale answers behind');
  const link = await openLink(endpoint('REDIS_URL'));
  const cache = openCache(link.url);
  const store = new Threads(database, cache);
  const owner = await newOwner(database);
  const { id } = await store.create(owner, 'old');
  await untilAnswering(cache);
  assert.equal((await store.find(owner, id))?.title, 'old');
  await link.cut();
  assert.equal(await store.rename(owner, id, 'new'), true);
  await link.mend();
  await untilAnswering(cache);
  assert.equal((await store.find(owner, id))?.title, 'new');
});

test('a run that begins twice is begun once: neither its message nor its row is doubled', async (t) => {
  value(t, 'A repeated click asks one question');
  const owner = await newOwner(database);
  const [thread, run_id] = [await threads.create(owner, 'once'), randomUUID()];
  await threads.startRun(run_id, thread.id, 'hello');
  await assert.rejects(threads.startRun(run_id, thread.id, 'hello'), (error) => sqlState(error) === '23505');
  assert.equal((await threads.messages(thread.id)).length, 1);
});

test('messages come oldest first, threads by their latest message', async (t) => {
  value(t, 'A conversation reads as it was held');
  const owner = await newOwner(database);
  const [older, newer] = [await threads.create(owner, 'older'), await threads.create(owner, 'newer')];
  for (const text of ['one', 'two']) {
    const run_id = randomUUID();
    await threads.startRun(run_id, older.id, text);
    await threads.completeRun(run_id, older.id, `answer ${text}`, []);
  }
  assert.deepEqual(
    (await threads.list(owner)).map(({ id }) => id),
    [older.id, newer.id],
  );
  assert.deepEqual(
    (await threads.messages(older.id)).map(({ role, content }) => [role, Object(content).text]),
    [
      ['user', 'one'],
      ['assistant', 'answer one'],
      ['user', 'two'],
      ['assistant', 'answer two'],
    ],
  );
});
