/** Slow and absent stores: who waits, waits for a bounded time, and everything works again afterwards. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { Threads } from '../../platform/backend/threads.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache, untilAnswering } from '../support/cache.ts';
import { closeDatabases, newOwner, openDatabase } from '../support/database.ts';
import { disturb, mend, takeDown } from '../support/faults.ts';

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

test('a database that answers nobody is given up after the wait, and used again when it answers', async (t) => {
  value(t, 'A request ends with an error instead of never');
  const database = openDatabase({ connections: 1, connectionWait: 1_000 });
  await disturb('postgres', { type: 'timeout', timeout: 0 });
  await assert.rejects(database.query('select 1'), {
    message: 'Connection terminated due to connection timeout',
  });
  await mend();
  assert.deepEqual(await database.query('select 1 as one'), [{ one: 1 }]);
});

test('a database that is down refuses at once, and is used again when it is up', async (t) => {
  value(t, 'A restart of the database needs no restart of the product');
  const database = openDatabase();
  await database.ping();
  await takeDown('postgres');
  await assert.rejects(database.query('select 1'));
  await assert.rejects(database.query('select 1'), { code: 'ECONNREFUSED' });
  await mend();
  assert.deepEqual(await database.query('select 1 as one'), [{ one: 1 }]);
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
