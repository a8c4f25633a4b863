/** A slow Redis: a request waits for a bounded time, and everything works again afterwards. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { Threads } from '../../platform/backend/threads.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache, untilAnswering } from '../support/cache.ts';
import { closeDatabases, newOwner, openDatabase } from '../support/database.ts';
import { disturb, mend } from '../support/faults.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'A store in trouble must not become a product that hangs',
});

afterEach(mend);
after(async () => {
  closeCaches();
  await closeDatabases();
});

test('a Redis slower than a command may take: the database answers, and Redis again afterwards', async (t) => {
  value(t, 'A slow cache costs a second once, never a page');
  const [database, cache] = [openDatabase(), openCache()];
  const threads = new Threads(database, cache);
  const owner = await newOwner(database);
  const { id } = await threads.create(owner, 'mine');
  await untilAnswering(cache);
  await disturb('redis', { type: 'latency', latency: 30_000 });
  assert.equal((await threads.find(owner, id))?.title, 'mine');
  await mend();
  await untilAnswering(cache);
  assert.equal((await threads.find(owner, id))?.title, 'mine');
});
