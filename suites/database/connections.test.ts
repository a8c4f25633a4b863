/** The pool, the schema, and what happens when connections are scarce, slow or killed. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PoolExhausted } from '../../platform/shared/database.ts';
import { businessValue } from '../support/business-value.ts';
import { until, within } from '../support/conditions.ts';
import { addThread, closeDatabases, newOwner, openDatabase, single, sqlState } from '../support/database.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'The database is shared by everyone: trouble of one must stay the trouble of one',
});
const database = openDatabase();
after(closeDatabases);

test('fifty operations on five connections all wait their turn and none is lost', async (t) => {
  value(t, 'Rush hour is slow, never wrong');
  const small = openDatabase({ connections: 5 });
  const owner = await newOwner(small);
  const added = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      small.query('insert into threads (user_id, title) values ($1, $2) returning title', [
        owner,
        `thread ${at}`,
      ]),
    ),
  );
  assert.deepEqual(
    added.flat().map(({ title }) => title),
    Array.from({ length: 50 }, (_, at) => `thread ${at}`),
  );
  assert.equal(await single(small, 'select count(*)::int from threads where user_id = $1', [owner]), 50);
});

test('with every connection taken the wait ends in a clear error, and all is well when one is free again', async (t) => {
  value(t, 'An overload says so and passes');
  const tiny = openDatabase({ connections: 2, connectionWait: 1_000 });
  let free = (): void => {};
  const held = new Promise<void>((resolve) => {
    free = resolve;
  });
  const holders = [tiny.transaction(() => held), tiny.transaction(() => held)];
  const refused = await within(
    'the wait ends',
    Promise.allSettled(Array.from({ length: 20 }, () => tiny.query('select 1'))),
  );
  for (const end of refused) {
    assert.ok(end.status === 'rejected' && end.reason instanceof PoolExhausted);
    assert.deepEqual([end.reason.connections, end.reason.waited], [2, 1_000]);
  }
  assert.equal(await single(database, 'select 1'), 1); // another pool is not touched
  free();
  await Promise.all(holders);
  assert.equal(await single(tiny, 'select 2'), 2);
});

test('of sixty who wait for two connections that are slow to come, each is served', async (t) => {
  value(t, 'A queue is a wait, not a loss');
  const tiny = openDatabase({ connections: 2 });
  const owner = await newOwner(database);
  let free = (): void => {};
  const held = new Promise<void>((resolve) => {
    free = resolve;
  });
  const holders = [tiny.transaction(() => held), tiny.transaction(() => held)];
  const waiting = Array.from({ length: 60 }, (_, at) => addThread(tiny, owner, `thread ${at}`));
  assert.equal(await single(database, 'select count(*)::int from threads where user_id = $1', [owner]), 0);
  free();
  await Promise.all([...holders, ...waiting]);
  assert.equal(await single(database, 'select count(*)::int from threads where user_id = $1', [owner]), 60);
});

test('a connection that is killed while idle is replaced, and nobody notices', async (t) => {
  value(t, 'A restart of the database at night is not seen in the morning');
  const victim = openDatabase({ connections: 1 });
  const pid = await single(victim, 'select pg_backend_pid()');
  assert.equal(await single(database, 'select pg_terminate_backend($1, 3000)', [pid]), true);
  const again = async (): Promise<boolean> => {
    const now = await single(victim, 'select pg_backend_pid()').catch(sqlState);
    return typeof now === 'number' && now !== pid;
  };
  await until('another connection serves', again);
  assert.equal(await single(victim, 'select 1'), 1);
});

test('a transaction whose connection dies before its commit is not kept, and says so', async (t) => {
  value(t, 'Nobody is told that something was saved which was not');
  const victim = openDatabase({ connections: 1 });
  const owner = await newOwner(database);
  const lost = victim.transaction(async (transaction) => {
    await addThread(transaction, owner, 'lost');
    const [own] = await transaction.query('select pg_backend_pid() as pid');
    await database.query('select pg_terminate_backend($1, 3000)', [own?.pid]);
  });
  await assert.rejects(lost);
  assert.equal(await single(victim, 'select count(*)::int from threads where user_id = $1', [owner]), 0);
});

test('transactions that fail give their connections back', async (t) => {
  value(t, 'Errors do not add up to an outage');
  const tiny = openDatabase({ connections: 2, connectionWait: 5_000 });
  const failures = await Promise.allSettled(
    Array.from({ length: 6 }, () => tiny.transaction(() => Promise.reject(new Error('no')))),
  );
  assert.deepEqual(
    failures.map((end) => (end.status === 'rejected' ? String(end.reason) : end.status)),
    Array(6).fill('Error: no'),
  );
  assert.equal(await single(tiny, 'select 1'), 1);
});

test('a statement that takes too long is cancelled by the server, and its connection works on', async (t) => {
  value(t, 'One slow report does not stop the chat');
  const hasty = openDatabase({ connections: 1, statementTimeout: 100 });
  const slow = hasty.query('select pg_sleep(30)').catch(sqlState);
  assert.equal(await within('it is cancelled', slow), '57014'); // query_canceled
  assert.equal(await single(hasty, 'select 1'), 1);
});

test('a connection killed in mid-transaction leaves nothing behind; the pool replaces it; others go on', async (t) => {
  value(t, 'A restart of the database costs one request, not the service');
  const victim = openDatabase({ connections: 1 });
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  const pid = await single(victim, 'select pg_backend_pid()');
  const killed = victim.transaction(async (transaction) => {
    await transaction.query('insert into threads (user_id, title) values ($1, $2)', [owner, 'lost']);
    await transaction.query('select pg_sleep(30)');
  });
  const outcome = assert.rejects(killed, (error) => sqlState(error) === '57P01'); // admin_shutdown
  const kill = `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
  await until('it is killed', async () => (await single(database, kill, [pid])) === true);
  await within('the one who used it hears of it', outcome);
  await database.query('insert into threads (user_id, title) values ($1, $2)', [other, 'kept']);
  assert.equal(await single(victim, 'select count(*)::int from threads where user_id = $1', [owner]), 0);
  assert.equal(await single(victim, 'select count(*)::int from threads where user_id = $1', [other]), 1);
  assert.notEqual(await single(victim, 'select pg_backend_pid()'), pid);
});

test('a user’s rows go with the user, and nobody else’s', async (t) => {
  value(t, 'Deleting an account deletes it');
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  for (const user of [owner, other])
    await database.query(
      `with thread as (insert into threads (user_id, title) values ($1, 'mine') returning id),
            run as (insert into runs (thread_id) select id from thread returning id, thread_id),
            message as (insert into messages (thread_id, run_id, role, content)
                        select thread_id, id, 'user', '{}' from run returning id)
       insert into tool_usage (user_id, run_id, tool_name, status, tier, execution_time_ms)
       select $1, id, 'query_usage', 'success', 'basic', 1 from run`,
      [user],
    );
  await database.query('delete from users where id = $1', [owner]);
  const left = (user: string) =>
    database.query(
      `select (select count(*)::int from threads where user_id = $1) as threads,
              (select count(*)::int from runs join threads t on t.id = thread_id where t.user_id = $1) as runs,
              (select count(*)::int from messages join threads t on t.id = thread_id where t.user_id = $1) as messages,
              (select count(*)::int from tool_usage where user_id = $1) as usage`,
      [user],
    );
  assert.deepEqual(await left(owner), [{ threads: 0, runs: 0, messages: 0, usage: 0 }]);
  assert.deepEqual(await left(other), [{ threads: 1, runs: 1, messages: 1, usage: 1 }]);
  assert.equal(await single(database, 'select count(*)::int from messages where thread_id is null'), 0);
});

test('every time is kept with its zone, and the two lists that are read most have their index', async (t) => {
  value(t, 'Conversations open fast and in the right order everywhere on earth');
  const zoneless = await database.query(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'public' and data_type in ('timestamp without time zone', 'date', 'time without time zone')`,
  );
  assert.deepEqual(zoneless, []);
  const indexed = await database.query(
    `select tablename, substring(indexdef from '\\((.*)\\)') as columns from pg_indexes
     where indexname in ('threads_by_user', 'messages_by_thread') order by tablename`,
  );
  assert.deepEqual(indexed, [
    { tablename: 'messages', columns: 'thread_id, created_at' },
    { tablename: 'threads', columns: 'user_id, updated_at' },
  ]);
});
