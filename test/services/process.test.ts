import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { factsOf, hostOf, isAlive, read, service, variable } from './harness.ts';

const json = async (url: string): Promise<unknown> => (await fetch(url)).json();

async function pidsOf(url: string): Promise<number[]> {
  const pids = await json(`${url}/pids`);
  assert.ok(Array.isArray(pids) && pids.every((pid) => typeof pid === 'number'));
  return pids;
}

test('F11 F13 a process is ready after a real round trip, on the port that it was given', async (t) => {
  const { host, lease, facts, runDir, run } = hostOf(t, [service(['serve'])]);
  assert.deepEqual(await host.start(['app']), { ok: true, value: undefined });
  const held = await lease(1);
  const url = variable(held, 'APP_URL');
  assert.equal(await (await fetch(`${url}/health`)).text(), 'ok');
  const [ready] = factsOf(facts, 'service.ready');
  assert.equal(ready?.endpoint, new URL(url).host);
  assert.equal(ready?.provider, 'process');
  assert.equal(ready?.lease, `${run}.1.1`);
  const path = `${runDir}/services/app.1.1.log`;
  assert.deepEqual(held.logs, [{ service: 'app', path, by: { kind: 'own' } }]);
  const [pid = 0] = await pidsOf(url);
  await held.release();
  assert.equal(isAlive(pid), false);
  const [stopped] = factsOf(facts, 'service.stopped');
  assert.equal(stopped?.forced, false);
  assert.match(read(`${runDir}/services/app.1.1.log`), /^listening on \d+$/m);
});

test('F22 its environment: the outer one without RUNNER_*, then dependencies, environment, its own', async (t) => {
  const services = [
    service(['serve'], { name: 'auth', exports: { AUTH_URL: '${url}', WHO: 'auth', WHERE: 'auth' } }),
    service(['serve'], {
      needs: ['auth'],
      env: {
        SELF: '${url}/x',
        OTHER: '${services.auth.ws_url}',
        KEY: '${secret.key}',
        WHO: 'app',
        FROM: '${env.OUTER}',
        OR: '${env.NOBODY:-else}',
      },
    }),
  ];
  const { lease, run } = hostOf(t, services, {
    env: {
      PATH: process.env.PATH,
      OUTER: 'outside',
      RUNNER_RUN_ID: 'an outer run',
      RUNNER_POSTGRES_URL: 'x',
    },
    environment: { env: { WHERE: 'environment', TEXT: '${env.OUTER}!' } },
  });
  const held = await lease(1, { SUITE_KEY: '${secret.key}', BASE: '${services.app.url}', ID: '${run.id}' });
  const url = new URL(variable(held, 'APP_URL'));
  const auth = new URL(variable(held, 'AUTH_URL'));
  const seen = await json(`${url.origin}/env`);
  const key = variable(held, 'SUITE_KEY');
  assert.match(key, /^[0-9a-f]{64}$/);
  const { RUNNER_SERVICE_OF, ...rest } = seen as Record<string, string>;
  assert.equal(RUNNER_SERVICE_OF, run);
  assert.deepEqual(rest, {
    PATH: process.env.PATH,
    OUTER: 'outside',
    AUTH_URL: auth.origin,
    WHO: 'app',
    WHERE: 'environment',
    TEXT: 'outside!',
    PORT: url.port,
    HOST: '127.0.0.1',
    SELF: `${url.origin}/x`,
    OTHER: `ws://${auth.host}`,
    KEY: key,
    FROM: 'outside',
    OR: 'else',
  });
  assert.deepEqual(held.env, {
    AUTH_URL: auth.origin,
    APP_URL: url.origin,
    WHO: 'auth',
    WHERE: 'environment',
    TEXT: 'outside!',
    SUITE_KEY: key,
    BASE: url.origin,
    ID: run,
  });
  assert.deepEqual(held.services, ['auth', 'app']);
});

test('each kind of readiness', async (t) => {
  const kinds = {
    tcp: { kind: 'tcp' },
    log: { kind: 'log', pattern: '^listening on \\d+$' },
    ws: { kind: 'ws', path: '/ws', expect: 401 },
    http: { kind: 'http', path: '/nowhere', expect: 404 },
    exec: { kind: 'exec', run: ['node', '-e', 'fetch(`http://127.0.0.1:${process.env.PORT}/health`)'] },
    all: { kind: 'all', of: [{ kind: 'tcp' }, { kind: 'http', path: '/health', expect: 200 }] },
    any: { kind: 'any', of: [{ kind: 'log', pattern: 'never said' }, { kind: 'tcp' }] },
  } as const;
  for (const [name, ready] of Object.entries(kinds)) {
    const { lease } = hostOf(t, [service(['serve'], { name, ready })]);
    await (await lease(1)).release();
  }
});

test('T8 a service that never becomes ready: what the last probe saw, and what it wrote', async (t) => {
  const { refused, facts } = hostOf(t, [service(['silent'], { readyTimeout: 700 })]);
  const failure = await refused(1);
  assert.equal(failure.service, 'app');
  assert.match(
    failure.reason,
    /^not ready within 700 ms: GET http:\/\/127\.0\.0\.1:\d+\/health: connect ECONNREFUSED/,
  );
  assert.deepEqual(failure.logTail, ['I am here and listen to nobody']);
  const [failed] = factsOf(facts, 'service.failed');
  assert.equal(failed?.reason, failure.reason);
  assert.deepEqual(factsOf(facts, 'service.ready'), []);
});

test('F13 a wrong status is not ready: 404 where 200 is wanted', async (t) => {
  const ready = {
    kind: 'all',
    of: [{ kind: 'tcp' }, { kind: 'http', path: '/nowhere', expect: 200 }],
  } as const;
  const { refused } = hostOf(t, [service(['serve'], { ready, readyTimeout: 700 })]);
  assert.match(
    (await refused(1)).reason,
    /GET http:\/\/127\.0\.0\.1:\d+\/nowhere answered 404, wanted is 200$/,
  );
});

test('T8 a service that ends before it is ready is known at once, and ends what waits for it', async (t) => {
  const services = [
    service(['exit', '3'], { name: 'auth', readyTimeout: 60_000 }),
    service(['serve'], { needs: ['auth'] }),
  ];
  const { refused, facts } = hostOf(t, services);
  const failure = await refused(1);
  assert.equal(failure.service, 'auth');
  assert.equal(failure.reason, 'ended before it was ready (exit code 3)');
  assert.deepEqual(failure.logTail, ['the database schema is too old']);
  assert.deepEqual(
    factsOf(facts, 'service.failed').map((fact) => fact.service),
    ['auth'],
  );
  assert.deepEqual(
    factsOf(facts, 'service.starting').map((fact) => fact.service),
    ['auth'],
  );
});

test('T15 a program that is missing, may not be executed, or has no folder', async (t) => {
  const cases = [
    [{ run: ['no-such-program-here'] }, 'there is no program "no-such-program-here"'],
    [{ run: ['/etc/passwd'] }, '"/etc/passwd" may not be executed (EACCES)'],
    [{ cwd: '/no/such/folder' }, 'there is no folder /no/such/folder'],
    [
      { run: ['node', 'x'.repeat(3_000_000)] },
      'its arguments and environment are too long for this system (E2BIG)',
    ],
  ] as const;
  for (const [more, reason] of cases) {
    const { refused } = hostOf(t, [service(['serve'], more)]);
    assert.equal((await refused(1)).reason, reason);
  }
});

test('a template that stands for nothing is a failure that names the variable', async (t) => {
  const { refused } = hostOf(t, [service(['serve'], { env: { KEY: '${env.NOT_SET_ANYWHERE}' } })]);
  const failure = await refused(1);
  assert.match(failure.reason, /^env\.KEY: .*NOT_SET_ANYWHERE/);
});

test('T4 SIGTERM ignored: SIGKILL after the grace, and it is said', async (t) => {
  const { lease, facts, runDir } = hostOf(t, [
    service(['deaf'], { stop: { signal: 'SIGTERM', grace: 200 } }),
  ]);
  const held = await lease(1);
  const [pid = 0] = await pidsOf(variable(held, 'APP_URL'));
  await held.release();
  assert.equal(isAlive(pid), false);
  assert.equal(factsOf(facts, 'service.stopped')[0]?.forced, true);
  assert.match(read(`${runDir}/services/app.1.1.log`), /SIGTERM heard and ignored/);
});

test('T5 F19 a grandchild that keeps the log open goes with its group', async (t) => {
  const { lease } = hostOf(t, [service(['family'])]);
  const held = await lease(1);
  const pids = await pidsOf(variable(held, 'APP_URL'));
  assert.equal(pids.length, 2);
  await held.release();
  assert.deepEqual(pids.filter(isAlive), []);
});

test('T5 a grandchild that left the group is found at the end by the run id', async (t) => {
  const { host, lease, facts } = hostOf(t, [service(['runaway'])]);
  const held = await lease(1);
  const [, runaway = 0] = await pidsOf(variable(held, 'APP_URL'));
  await held.release();
  assert.equal(isAlive(runaway), true);
  assert.deepEqual(await host.stop(), { leftovers: [] });
  assert.equal(isAlive(runaway), false);
  const [warning] = factsOf(facts, 'warning');
  assert.equal(warning?.code, 'service-escaped');
});

test('T9 a port that was taken between choice and bind: started again with another', async (t) => {
  const offered: number[] = [];
  let thief: Server | null = null;
  const control = createServer((socket) => {
    socket.once('data', async (data) => {
      offered.push(Number(data));
      if (thief === null) {
        thief = createServer().listen(Number(data), '127.0.0.1');
        await once(thief, 'listening');
      }
      socket.end('go');
    });
  }).listen(0, '127.0.0.1');
  await once(control, 'listening');
  t.after(() => {
    thief?.close();
    control.close();
  });
  const address = control.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { lease, runDir } = hostOf(t, [service(['ask-first'], { env: { CONTROL: String(address.port) } })]);
  const held = await lease(1);
  assert.equal(offered.length, 2);
  assert.notEqual(offered[0], offered[1]);
  assert.equal(variable(held, 'APP_URL'), `http://127.0.0.1:${offered[1]}`);
  assert.match(read(`${runDir}/services/app.1.1.log`), /EADDRINUSE/);
});

test('T8 a service that is killed while it is leased', async (t) => {
  const { lease, facts } = hostOf(t, [service(['serve'])]);
  const held = await lease(1);
  const [pid = 0] = await pidsOf(variable(held, 'APP_URL'));
  process.kill(pid, 'SIGKILL');
  const failure = await held.crashed;
  assert.equal(failure.service, 'app');
  assert.equal(failure.reason, 'it died while tests used it (signal SIGKILL)');
  assert.match(failure.logTail.join('\n'), /^listening on \d+$/);
  assert.equal(factsOf(facts, 'service.crashed')[0]?.exit, 'signal SIGKILL');
  await held.release();
  // The next lease is none the worse for it.
  assert.equal(await (await fetch(`${variable(await lease(2), 'APP_URL')}/health`)).text(), 'ok');
});

test('F16 a deployed service is asked, not started, and brings its own dependencies', async (t) => {
  const owner = hostOf(t, [service(['serve'])]);
  const url = variable(await owner.lease(1), 'APP_URL');
  const services = [
    service(['exit', '1'], { name: 'database' }),
    service(['exit', '1'], { needs: ['database'], exports: { APP_URL: '${url}', WS: '${ws_url}/ws' } }),
  ];
  const { host, facts } = hostOf(t, services, { env: { RUNNER_APP_URL: `${url}/` } });
  assert.deepEqual(await host.start(['app']), { ok: true, value: undefined });
  const granted = await host.lease({
    attempt: 'a' as never,
    file: 'f' as never,
    needs: ['app'],
    faults: 'none',
    env: {},
  });
  assert.ok(granted.ok);
  assert.deepEqual(granted.value.env, { APP_URL: url, WS: `${url.replace('http', 'ws')}/ws` });
  assert.deepEqual(granted.value.services, ['app']);
  const [ready] = factsOf(facts, 'service.ready');
  assert.deepEqual([ready?.provider, ready?.endpoint], ['external', new URL(url).host]);
});

test('F16 a deployed service that does not answer is a failure, not a reason to start one', async (t) => {
  const { host } = hostOf(t, [service(['serve'], { readyTimeout: 300 })], {
    environment: { name: 'staging', services: { app: 'http://127.0.0.1:1' } },
  });
  const started = await host.start(['app']);
  assert.ok(!started.ok);
  assert.match(
    started.error.reason,
    /^127\.0\.0\.1:1 \(environments\.staging\.services\.app\) was not ready within 300 ms/,
  );
});

test('T10 stop() while a lease is being made, called three times at once', async (t) => {
  const { host, refused, facts } = hostOf(t, [service(['silent'], { readyTimeout: 60_000 })]);
  const waiting = refused(1);
  while (factsOf(facts, 'service.starting').length === 0) await new Promise(setImmediate);
  const stops = await Promise.all([host.stop(), host.stop(), host.stop()]);
  assert.deepEqual(stops, [{ leftovers: [] }, { leftovers: [] }, { leftovers: [] }]);
  assert.equal((await waiting).reason, 'the run was stopped');
  assert.deepEqual(factsOf(facts, 'service.failed'), []);
  assert.equal((await refused(2)).reason, 'the run was stopped');
});
