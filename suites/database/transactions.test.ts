/** All or nothing, with real connections against each other: rollback, savepoints, deadlocks, serialization failures. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import {
  addThread,
  closeDatabases,
  meeting,
  newOwner,
  openDatabase,
  single,
  sqlState,
  titlesOf,
} from '../support/database.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'Conversations are the customer’s work: none may be half saved',
});
const database = openDatabase({ retryDelay: 5 });
after(closeDatabases);

const titles = (owner: string): Promise<readonly unknown[]> => titlesOf(database, owner);

test('what a transaction did is there for everyone after it, and for nobody before', async (t) => {
  value(t, 'Nobody reads an answer that may yet be taken back');
  const owner = await newOwner(database);
  await database.transaction(async (transaction) => {
    await addThread(transaction, owner, 'kept');
    assert.deepEqual(await titles(owner), []);
  });
  assert.deepEqual(await titles(owner), ['kept']);
});

test('of a transaction that fails half way nothing stays; another user’s at the same time does', async (t) => {
  value(t, 'A crash leaves no half conversation');
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  const meet = meeting();
  const [failed, done] = await Promise.allSettled([
    database.transaction(async (transaction) => {
      await addThread(transaction, owner, 'half');
      await meet();
      throw new Error('power cut');
    }),
    database.transaction(async (transaction) => {
      await addThread(transaction, other, 'whole');
      await meet();
    }),
  ]);
  assert.deepEqual([failed.status, done.status], ['rejected', 'fulfilled']);
  assert.deepEqual(await titles(owner), []);
  assert.deepEqual(await titles(other), ['whole']);
});

test('a statement that fails takes the ones before it along', async (t) => {
  value(t, 'A refused message leaves no trace of itself');
  const owner = await newOwner(database);
  const broken = database.transaction(async (transaction) => {
    await addThread(transaction, owner, 'before');
    await transaction.query(
      `insert into messages (thread_id, role, content) values (gen_random_uuid(), 'user', '{}')`,
    );
  });
  await assert.rejects(broken, (error) => sqlState(error) === '23503'); // foreign_key_violation
  assert.deepEqual(await titles(owner), []);
});

test('a savepoint takes back its own part only', async (t) => {
  value(t, 'A failed extra does not cost the main thing');
  const owner = await newOwner(database);
  await database.transaction(async (transaction) => {
    await addThread(transaction, owner, 'outer');
    await assert.rejects(
      transaction.savepoint(async () => {
        await addThread(transaction, owner, 'inner');
        throw new Error('extra failed');
      }),
      /extra failed/,
    );
    await transaction.savepoint(() => addThread(transaction, owner, 'second'));
  });
  assert.deepEqual(await titles(owner), ['outer', 'second']);
});

test('of two transactions in a deadlock one is run again, and both are kept', async (t) => {
  value(t, 'Two people editing at once never see an error for it');
  const [one, two] = [await newOwner(database), await newOwner(database)];
  const meet = meeting();
  const states: string[] = [];
  const renameBoth = (first: string, second: string, name: string): Promise<void> =>
    database.transaction(async (transaction) => {
      const rename = `update users set full_name = full_name || $2 where id = $1`;
      await transaction.query(rename, [first, name]);
      await meet();
      await transaction.query(rename, [second, name]).catch((error: unknown) => {
        states.push(sqlState(error));
        throw error;
      });
    });
  const ends = await Promise.allSettled([renameBoth(one, two, 'a'), renameBoth(two, one, 'b')]);
  assert.deepEqual(
    ends.map((end) => (end.status === 'rejected' ? sqlState(end.reason) : end.status)),
    ['fulfilled', 'fulfilled'],
  );
  assert.deepEqual(states, ['40P01']); // deadlock_detected, in one of the two
  for (const user of [one, two]) {
    const name = await single(database, 'select full_name from users where id = $1', [user]);
    assert.deepEqual([...String(name)].sort(), ['a', 'b']);
  }
});

test('of two serializable transactions that rest on each other one is run again on the new state', async (t) => {
  value(t, 'A limit counted by two at once is still a limit');
  const owner = await newOwner(database);
  const meet = meeting();
  let runs = 0;
  const addIfNone = (title: string): Promise<void> =>
    database.transaction(async (transaction) => {
      runs += 1;
      const found = await transaction.query('select 1 from threads where user_id = $1', [owner]);
      await meet();
      if (found.length === 0) await addThread(transaction, owner, title);
    }, 'serializable');
  const ends = await Promise.allSettled([addIfNone('only'), addIfNone('only')]);
  assert.deepEqual(
    ends.map((end) => (end.status === 'rejected' ? sqlState(end.reason) : end.status)),
    ['fulfilled', 'fulfilled'],
  );
  assert.deepEqual([runs, await titles(owner)], [3, ['only']]);
});

test('a transaction that never gets through is tried four times in all, then the error is told', async (t) => {
  value(t, 'A hopeless case ends instead of hanging');
  let runs = 0;
  const hopeless = database.transaction(async (transaction) => {
    runs += 1;
    await transaction.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
  });
  await assert.rejects(hopeless, (error) => sqlState(error) === '40001');
  assert.equal(runs, 4);
});

test('an error that trying again cannot mend is told at once', async (t) => {
  value(t, 'Mistakes are reported in milliseconds');
  const owner = await newOwner(database);
  let runs = 0;
  const twice = database.transaction(async (transaction) => {
    runs += 1;
    await transaction.query(
      `insert into users (email, password_hash) select email, password_hash from users where id = $1`,
      [owner],
    );
  });
  await assert.rejects(twice, (error) => sqlState(error) === '23505'); // unique_violation
  assert.equal(runs, 1);
});
