/** What a process service may be asked for besides a port: marks in its stores, another start, an end by itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { factsOf, hostOf, isAlive, postgres, redis, service, variable } from './harness.ts';

const pidOf = async (url: string): Promise<number> => {
  const [pid] = (await (await fetch(`${url}/pids`)).json()) as number[];
  return pid ?? 0;
};

/** Asks until the service answers: a restart has no other mark that a test could wait for. */
async function answering(url: string): Promise<number> {
  for (;;) {
    try {
      return await pidOf(url);
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('F13: ready by sql is a row in the database that it needs', async (t) => {
  const app = service(['mark'], {
    needs: ['postgres'],
    ready: { kind: 'sql', statement: 'select from marks' },
  });
  const { lease } = hostOf(t, [postgres(), app]);
  const held = await lease(1);
  const db = new Client({ connectionString: variable(held, 'DATABASE_URL') });
  await db.connect();
  assert.equal((await db.query('select from marks')).rowCount, 1);
  await db.end();
  await held.release();
});

test('F13: ready by redis is an answer of the Redis that it needs', async (t) => {
  const app = service(['mark'], { needs: ['redis'], ready: { kind: 'redis', command: ['EXISTS', 'mark'] } });
  const { lease } = hostOf(t, [redis(), app]);
  await (await lease(1)).release();
});

test('T8: a mark that never comes, and a store that is not there, are told', async (t) => {
  const never = service(['silent'], {
    needs: ['redis'],
    ready: { kind: 'redis', command: ['GET', 'mark'] },
    readyTimeout: 400,
  });
  const { refused } = hostOf(t, [redis(), never]);
  assert.match((await refused(1)).reason, /not ready within 400 ms: `GET mark` answers nil/);
  const alone = service(['silent'], { ready: { kind: 'sql', statement: 'select 1' }, readyTimeout: 200 });
  assert.match((await hostOf(t, [alone]).refused(1)).reason, /it needs no postgres that could be asked/);
});

test('T8: restart on-failure: started again on the same port, said so, and after the last time it is a crash', async (t) => {
  const { lease, facts } = hostOf(t, [service(['frail'], { restarts: 1 })]);
  const held = await lease(1);
  const url = variable(held, 'APP_URL');
  const first = await pidOf(url);
  await assert.rejects(fetch(`${url}/die`));
  const second = await answering(url);
  assert.notEqual(second, first);
  assert.equal(isAlive(first), false);
  assert.deepEqual(
    factsOf(facts, 'warning').map(({ code, message }) => [code, message.replace(/; its log.*/, '')]),
    [['service-restarted', 'app ended by itself (exit code 7) and is started again, 1 of 1']],
  );
  await assert.rejects(fetch(`${url}/die`));
  assert.match((await held.crashed).reason, /^it died while tests used it \(.*exit code 7\)+$/);
  assert.equal(isAlive(second), false);
  await held.release();
});

test('T8: without restart the first failure is a crash', async (t) => {
  const { lease } = hostOf(t, [service(['frail'])]);
  const held = await lease(1);
  await assert.rejects(fetch(`${variable(held, 'APP_URL')}/die`));
  assert.match((await held.crashed).reason, /exit code 7/);
  await held.release();
});

test('a release ends a service that is just being started again', async (t) => {
  const { lease, run } = hostOf(t, [service(['frail'], { restarts: 3 })]);
  const held = await lease(1);
  await assert.rejects(fetch(`${variable(held, 'APP_URL')}/die`));
  await held.release();
  assert.ok(run);
});

test('T4: enforce_graceful_stop names the service that had to be killed, and no other', async (t) => {
  const grace = { signal: 'SIGTERM', grace: 150 } as const;
  const { lease } = hostOf(t, [
    service(['deaf'], { name: 'deaf', stop: grace, enforceGracefulStop: true, exports: {} }),
    service(['deaf'], { name: 'tolerated', stop: grace, exports: {} }),
    service(['serve'], { enforceGracefulStop: true }),
  ]);
  assert.deepEqual(await (await lease(1)).killed(), ['deaf']);
});

test('a job: what needs it waits for its end with 0, finds what it did, and nothing of it is left', async (t) => {
  const job = service(['job', '0'], {
    name: 'fill',
    needs: ['postgres'],
    ready: { kind: 'completed' },
    evidence: 'gate',
    exports: {},
  });
  const { lease, facts } = hostOf(t, [postgres(), job, service(['serve'], { needs: ['fill', 'postgres'] })]);
  const held = await lease(1);
  const order = factsOf(facts, 'service.ready').map(({ service: name }) => name);
  assert.ok(order.indexOf('fill') < order.indexOf('app'));
  const db = new Client({ connectionString: variable(held, 'DATABASE_URL') });
  await db.connect();
  assert.equal((await db.query('select from done')).rowCount, 0);
  await db.end();
  assert.deepEqual((await held.ownTraffic())[1], { service: 'fill', own: null });
  await held.release();
});

test('T8: a job that ends with another code is a failure with that code', async (t) => {
  const job = service(['job', '3'], { needs: ['postgres'], ready: { kind: 'completed' } });
  const { refused } = hostOf(t, [postgres(), job]);
  assert.match((await refused(1)).reason, /ended before it was ready \(exit code 3\)/);
});

test('ready when started: the lease does not wait for an answer', async (t) => {
  const { lease, facts } = hostOf(t, [service(['silent'], { ready: { kind: 'started' } })]);
  const held = await lease(1);
  assert.equal(factsOf(facts, 'service.ready').length, 1);
  await held.release();
});
