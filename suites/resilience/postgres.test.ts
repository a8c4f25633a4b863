/** A silent and an absent database: who waits, waits for a bounded time, and everything works again afterwards. */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { disturb, mend, takeDown } from '../support/faults.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'A store in trouble must not become a product that hangs',
});

afterEach(mend);
after(closeDatabases);

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
