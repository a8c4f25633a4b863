/** PostgreSQL out of reach, over a line that the test cuts and mends: clear errors, nothing half done, back by itself. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Database } from '../../platform/shared/database.ts';
import { businessValue } from '../support/business-value.ts';
import { until, within } from '../support/conditions.ts';
import { addThread, closeDatabases, newOwner, openDatabase, single, titlesOf } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { closeLinks, type Link, openLink } from '../support/link.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'Databases restart; what counts is that nothing is lost and nobody has to help',
});
const database = openDatabase();
after(async () => {
  await closeDatabases();
  await closeLinks();
});

async function remote(connections = 3): Promise<{ link: Link; far: Database }> {
  const link = await openLink(endpoint('DATABASE_URL'));
  return { link, far: openDatabase({ connections }, link.url) };
}
const answers = (far: Database): Promise<boolean> =>
  far.ping().then(
    () => true,
    () => false,
  );

test('cut in the middle of a transaction: an error, nothing kept; mended, the same work is done', async (t) => {
  value(t, 'A restart in mid-save loses one try, not the work');
  const { link, far } = await remote();
  const [owner, other] = [await newOwner(database), await newOwner(database)];
  const cut = far.transaction(async (transaction) => {
    await addThread(transaction, owner, 'half');
    await link.cut();
    await addThread(transaction, owner, 'whole');
  });
  await assert.rejects(within('the cut is noticed', cut), /Connection terminated|ECONNRESET/);
  await addThread(database, other, 'untouched');
  assert.deepEqual(await titlesOf(database, owner), []);
  await link.mend();
  await far.transaction(async (transaction) => {
    await addThread(transaction, owner, 'half');
    await addThread(transaction, owner, 'whole');
  });
  assert.deepEqual(await titlesOf(database, owner), ['half', 'whole']);
  assert.deepEqual(await titlesOf(database, other), ['untouched']);
});

test('while it is away every statement fails at once, none hangs; back again, all ten work', async (t) => {
  value(t, 'An outage is told in milliseconds and ends by itself');
  const { link, far } = await remote();
  await far.ping();
  await link.cut();
  await until('the pool knows', async () => !(await answers(far)));
  const refused = await within('each is told', Promise.all(Array.from({ length: 10 }, () => answers(far))));
  assert.deepEqual(refused, Array(10).fill(false));
  await link.mend();
  assert.deepEqual(await Promise.all(Array.from({ length: 10 }, () => answers(far))), Array(10).fill(true));
});

test('an outage leaves no connection behind: the pool is as large as before', async (t) => {
  value(t, 'The tenth outage is survived like the first');
  const { link, far } = await remote(2);
  for (let outage = 0; outage < 4; outage += 1) {
    const holding = [far.query('select pg_sleep(30)'), far.query('select pg_sleep(30)')];
    const ends = Promise.allSettled(holding);
    await until('both are at work', async () => {
      const asleep = `select count(*)::int from pg_stat_activity where wait_event = 'PgSleep'`;
      return Number(await single(database, asleep)) >= 2;
    });
    await link.cut();
    assert.deepEqual(
      (await ends).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await link.mend();
    const both = Promise.all([far.query('select 1 as one'), far.query('select 1 as one')]);
    assert.deepEqual(await within('both places are free', both), [[{ one: 1 }], [{ one: 1 }]]);
  }
});

test('who begins with the database away works as soon as it is there', async (t) => {
  value(t, 'Services may be started in any order');
  const { link, far } = await remote();
  await link.cut();
  assert.equal(await answers(far), false);
  await link.mend();
  assert.equal(await answers(far), true);
});
