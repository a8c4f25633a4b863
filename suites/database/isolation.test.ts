/** Two connections against each other, at each level of isolation, and what the tables themselves refuse. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
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
  strategicImpact:
    'Conversations are the customer’s work: nobody may find another’s in them, or half of her own',
});
const database = openDatabase({ retryDelay: 5 });
after(closeDatabases);

test('a repeatable read sees one moment, whatever others commit meanwhile', async (t) => {
  value(t, 'A report adds up while people go on working');
  const owner = await newOwner(database);
  await addThread(database, owner, 'before');
  const count = 'select count(*)::int as threads from threads where user_id = $1';
  await database.transaction(async (transaction) => {
    assert.deepEqual(await transaction.query(count, [owner]), [{ threads: 1 }]);
    await addThread(database, owner, 'meanwhile'); // over another connection
    assert.deepEqual(await transaction.query(count, [owner]), [{ threads: 1 }]);
  }, 'repeatable read');
  assert.equal(await single(database, count, [owner]), 2);
});

test('of two who change one row in repeatable read, one is run again on what the other left', async (t) => {
  value(t, 'No change is lost because two people saved at once');
  const owner = await newOwner(database);
  const meet = meeting();
  const states: string[] = [];
  const append = (letter: string): Promise<void> =>
    database.transaction(async (transaction) => {
      const [user] = await transaction.query('select full_name from users where id = $1', [owner]);
      await meet();
      const name = `${user?.full_name}${letter}`;
      await transaction
        .query('update users set full_name = $2 where id = $1', [owner, name])
        .catch((error: unknown) => {
          states.push(sqlState(error));
          throw error;
        });
    }, 'repeatable read');
  await Promise.all([append('a'), append('b')]);
  assert.deepEqual(states, ['40001']); // serialization_failure
  assert.deepEqual(
    [...String(await single(database, 'select full_name from users where id = $1', [owner]))].sort(),
    ['a', 'b'],
  );
});

test('a savepoint in a savepoint takes back what is behind it, and no more', async (t) => {
  value(t, 'Steps that fail are undone one by one');
  const owner = await newOwner(database);
  await database.transaction(async (transaction) => {
    await addThread(transaction, owner, '1 outer');
    await transaction.savepoint(async () => {
      await addThread(transaction, owner, '2 middle');
      const inner = transaction.savepoint(async () => {
        await addThread(transaction, owner, '3 inner');
        throw new Error('inner failed');
      });
      await assert.rejects(inner, /inner failed/);
      await addThread(transaction, owner, '4 after');
    });
  });
  assert.deepEqual(await titlesOf(database, owner), ['1 outer', '2 middle', '4 after']);
});

test('a statement that fails behind a savepoint leaves the transaction usable', async (t) => {
  value(t, 'A duplicate is skipped, the rest is saved');
  const owner = await newOwner(database);
  await database.transaction(async (transaction) => {
    const refused = transaction.savepoint(() => addThread(transaction, randomUUID(), 'of nobody'));
    await assert.rejects(refused, (error) => sqlState(error) === '23503'); // foreign_key_violation
    await addThread(transaction, owner, 'kept');
  });
  assert.deepEqual(await titlesOf(database, owner), ['kept']);
});

test('a deadlock holds up nobody who has no part in it', async (t) => {
  value(t, 'The quarrel of two is not felt by the third');
  const [one, two, third] = [await newOwner(database), await newOwner(database), await newOwner(database)];
  const meet = meeting(3);
  const rename = 'update users set full_name = full_name || $2 where id = $1';
  const crossing = (first: string, second: string): Promise<void> =>
    database.transaction(async (transaction) => {
      await transaction.query(rename, [first, 'x']);
      await meet();
      await transaction.query(rename, [second, 'x']);
    });
  const quarrel = Promise.all([crossing(one, two), crossing(two, one)]);
  await meet();
  await database.transaction((transaction) => transaction.query(rename, [third, 'alone']));
  await quarrel;
  const names = await database.query('select full_name from users where id = any($1) order by full_name', [
    [one, two, third],
  ]);
  assert.deepEqual(
    names.map(({ full_name }) => full_name),
    ['alone', 'xx', 'xx'],
  );
});

test('ten users write twenty threads each at the same time, and each finds her own', async (t) => {
  value(t, 'Busy hours mix nothing up');
  const owners = await Promise.all(Array.from({ length: 10 }, () => newOwner(database)));
  const titles = (owner: string): readonly string[] =>
    Array.from({ length: 20 }, (_, at) => `${owner} ${String(at).padStart(2, '0')}`);
  await Promise.all(
    owners.flatMap((owner) => titles(owner).map((title) => addThread(database, owner, title))),
  );
  for (const owner of owners) assert.deepEqual(await titlesOf(database, owner), titles(owner));
});

/** What the tables refuse, whoever asks: the SQL on a new user and thread, and the SQLSTATE. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    'a second account of one address',
    `insert into users (email, password_hash) select email, 'x' from users where id = $1`,
    '23505',
  ],
  ['an address in capitals', `update users set email = upper(email) where id = $1`, '23514'],
  [
    'a thread of nobody',
    `insert into threads (user_id, title) select gen_random_uuid(), 'x' from users where id = $1`,
    '23503',
  ],
  [
    'a message of an unknown role',
    `insert into messages (thread_id, role, content) select id, 'robot', '{}' from threads where user_id = $1`,
    '23514',
  ],
  [
    'a message of no run that there is',
    `insert into messages (thread_id, run_id, role, content) select id, gen_random_uuid(), 'user', '{}' from threads where user_id = $1`,
    '23503',
  ],
  [
    'a run that runs and has ended',
    `insert into runs (thread_id, finished_at) select id, now() from threads where user_id = $1`,
    '23514',
  ],
  [
    'a run that has ended at no time',
    `insert into runs (thread_id, status) select id, 'failed' from threads where user_id = $1`,
    '23514',
  ],
  ['preferences that are a list', `update users set preferences = '[]' where id = $1`, '23514'],
];
for (const [what, sql, state] of REFUSED)
  test(`the tables refuse ${what}`, async (t) => {
    value(t, 'A bug in a service cannot spoil what is kept');
    const owner = await newOwner(database);
    await addThread(database, owner, 'hers');
    await assert.rejects(database.query(sql, [owner]), (error) => sqlState(error) === state);
    assert.deepEqual(await titlesOf(database, owner), ['hers']);
  });
