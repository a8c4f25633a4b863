/** How long an instance of a process service lives, who shares it, and what else is shared with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import type { Lease } from '../../src/services/index.ts';
import { factsOf, hostOf, isAlive, postgres, service, type TestHost, variable } from './harness.ts';

const pidOf = async (lease: Lease, name = 'APP_URL'): Promise<number> =>
  ((await (await fetch(`${variable(lease, name)}/pids`)).json()) as number[])[0] ?? 0;

const database = async (lease: Lease): Promise<string> => {
  const db = new Client({ connectionString: variable(lease, 'DATABASE_URL') });
  await db.connect();
  const { rows } = await db.query<{ name: string }>('select current_database() as name');
  await db.end();
  return rows[0]?.name ?? '';
};

/** The URL of its database as the service itself sees it, without host and port. */
const databaseOf = async (lease: Lease, name = 'APP_URL'): Promise<string> => {
  const env = (await (await fetch(`${variable(lease, name)}/env`)).json()) as Record<string, string>;
  return new URL(env.DATABASE_URL ?? '').pathname.slice(1);
};

const startsOf = ({ facts }: TestHost, name: string): number =>
  factsOf(facts, 'service.ready').filter((fact) => fact.service === name && fact.provider === 'process')
    .length;

test('F12: scope run: one process and one database for all leases, each with its own traffic; others have their own', async (t) => {
  const app = service(['serve'], { scope: 'run', needs: ['postgres'], evidence: 'gate' });
  const beside = service(['serve'], { name: 'beside', needs: ['app'], exports: { BESIDE_URL: '${url}' } });
  const plain = postgres();
  const stand = hostOf(t, [plain, app, beside], { leases: 4 });
  const [one, two] = await Promise.all([stand.lease(1), stand.lease(2)]);

  assert.equal(await pidOf(one), await pidOf(two));
  assert.equal(await database(one), await database(two));
  assert.deepEqual(
    [await databaseOf(one), await databaseOf(one, 'BESIDE_URL'), await databaseOf(two, 'BESIDE_URL')],
    Array(3).fill(await database(one)),
  );
  assert.notEqual(await pidOf(one, 'BESIDE_URL'), await pidOf(two, 'BESIDE_URL'));
  assert.deepEqual([startsOf(stand, 'app'), startsOf(stand, 'beside')], [1, 2]);

  const own = await stand.leaseOf(3, ['postgres']);
  assert.notEqual(await database(own), await database(one));

  // One asked four times in all, two twice and once for its own `beside`'s, which is not its `app`'s traffic.
  const requests = async (lease: Lease): Promise<number | undefined> =>
    (await lease.ownTraffic()).find((traffic) => traffic.service === 'app')?.own?.operations;
  assert.deepEqual([await requests(one), await requests(two)], [2, 1]);
  const pid = await pidOf(one);
  await Promise.all([one.release(), two.release(), own.release()]);
  assert.equal(isAlive(pid), true);
  const three = await stand.lease(4);
  assert.equal(await pidOf(three), pid);
  await three.release();
});

test('F12: scope worker: never two leases at once; the next one gets it as it was left', async (t) => {
  const stand = hostOf(t, [postgres(), service(['serve'], { scope: 'worker', needs: ['postgres'] })], {
    leases: 3,
  });
  const [one, two] = await Promise.all([stand.lease(1), stand.lease(2)]);
  assert.notEqual(await pidOf(one), await pidOf(two));
  assert.notEqual(await database(one), await database(two));
  const left = [await pidOf(one), await database(one)];
  await one.release();
  const three = await stand.lease(3);
  assert.deepEqual([await pidOf(three), await database(three)], left);
  assert.equal(startsOf(stand, 'app'), 2);
  await Promise.all([two.release(), three.release()]);
});

test('F13: scope run: a death is told once and to all who use it; the next lease gets another, four times', async (t) => {
  const stand = hostOf(t, [service(['frail'], { scope: 'run' })], { leases: 2 });
  for (let death = 1; death <= 4; death += 1) {
    const [one, two] = await Promise.all([stand.lease(2 * death), stand.lease(2 * death + 1)]);
    const pid = await pidOf(one);
    await assert.rejects(fetch(`${variable(two, 'APP_URL')}/die`));
    const reasons = await Promise.all([one.crashed, two.crashed]);
    for (const { reason } of reasons) assert.equal(reason, 'it died while tests used it (exit code 7)');
    await Promise.all([one.release(), two.release()]);
    assert.deepEqual(
      [isAlive(pid), factsOf(stand.facts, 'service.crashed').length, startsOf(stand, 'app')],
      [false, death, death],
    );
  }
  assert.equal((await stand.refused(10)).reason, 'it died 4 times');
});

test('F13: scope run: one that cannot start refuses every lease, and is started once', async (t) => {
  const stand = hostOf(t, [service(['no such mode'], { scope: 'run', readyTimeout: 5_000 })], { leases: 2 });
  const [one, two] = await Promise.all([stand.refused(1), stand.refused(2)]);
  assert.deepEqual(one, two);
  assert.equal(factsOf(stand.facts, 'service.failed').length, 1);
});
