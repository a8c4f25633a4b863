import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { WarmStatus } from '../../src/services/index.ts';
import { freshCache, isAlive, remainsOf } from '../services/harness.ts';
import { eventIn, project, type Ran, REPOSITORY, runner } from '../support/cli.ts';

const dependency = (name: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', name)).href;
const PG = dependency('pg/esm/index.mjs');

const REGISTRY = `version: 1
name: warm
services:
  postgres: { kind: postgres, migrate: { files: "migrations/*.sql" } }
  redis: redis
  api:
    kind: process
    run: [node, api.mjs]
    needs: postgres
    env: { KEY: "\${secret.api}" }
    export: { API_URL: "\${url}", API_KEY: "\${secret.api}" }
    ready: { http: / }
suites:
  stores: { category: unit, files: "*.test.mjs", needs: [postgres, redis] }
`;
const API = `import { createServer } from 'node:http';
console.log('the api listens');
createServer((request, response) => {
  if (request.url !== '/') console.log('asked for ' + request.url);
  response.end(process.env.KEY);
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
const TEST = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import pg from '${PG}';
test('a database of its own', async () => {
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await db.connect();
  await db.query("insert into items values (1)");
  assert.deepEqual((await db.query('select * from items')).rows, [{ id: 1 }]);
  await db.end();
  if (process.env.HOLD) {
    const socket = connect(Number(process.env.HOLD), '127.0.0.1');
    await once(socket, 'data');
    socket.destroy();
  }
});
`;

/** A project with a cache of its own, whose warm set is down again when the file ends. */
function stand(): {
  dir: string;
  env: NodeJS.ProcessEnv;
  cache: string;
  run(...args: string[]): Promise<Ran>;
} {
  // Registered first, so that it is done while the folders are still there.
  after(() => run('services', 'down'));
  const cache = freshCache();
  const dir = project({
    'runner.config.yaml': REGISTRY,
    'migrations/001.sql': 'create table items (id int);',
    'api.mjs': API,
    'a.test.mjs': TEST,
  });
  const env = { RUNNER_CACHE_DIR: cache };
  const run = (...args: string[]): Promise<Ran> =>
    runner(dir, args[0] === 'services' ? args : [...args, '--real-services'], { env });
  return { dir, env, cache, run };
}

const json = (ran: Ran): WarmStatus => JSON.parse(ran.stdout);

async function up(run: (...args: string[]) => Promise<Ran>): Promise<WarmStatus> {
  const ran = await run('services', 'up', '--json');
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return json(ran);
}

const providers = (ran: Ran): unknown =>
  Object.fromEntries(
    ran
      .of('service.ready')
      .filter(({ lease }) => lease === null)
      .map(({ service, provider }) => [service, provider === 'warm' ? 'warm' : 'fresh']),
  );
const FRESH = { postgres: 'fresh', redis: 'fresh' };
const WARM = { postgres: 'warm', redis: 'warm' };

/** Owners die beside us: all that is left is to look until what the guardian does is done. */
async function nothingOf(id: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (remainsOf(id).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(remainsOf(id), []);
}

const idOf = ({ logs }: WarmStatus): string => /(\d{8}-\d{6}-[0-9a-f]{8})\/services$/.exec(logs)?.[1] ?? '';

/** A port that lets whoever connects go once it is told to. */
async function gate(): Promise<{ port: number; entered: Promise<void>; open(): void; server: Server }> {
  let enter = (): void => {};
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const sockets: { write(text: string): void }[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    enter();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    entered,
    open: () => {
      for (const socket of sockets) socket.write('go');
      server.close();
    },
    server,
  };
}

describe('runner services', () => {
  it('F12 up once, also when asked twice at once; runs lease from it; down leaves nothing', async () => {
    const { run, cache } = stand();
    const both = await Promise.all([up(run), up(run)]);
    assert.equal(both[0].pid, both[1].pid);
    const status = await up(run);
    assert.deepEqual(
      status.services.map(({ service, state }) => [service, state]),
      [
        ['postgres', 'ready'],
        ['redis', 'ready'],
        ['api', 'ready'],
      ],
    );
    assert.equal(await (await fetch(status.env.API_URL ?? '')).text(), status.env.API_KEY);

    const ran = await run();
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(providers(ran), WARM);
    assert.match(ran.stdout, /postgres .*warm 18\.4/);
    const again = await Promise.all([run(), run()]);
    assert.deepEqual(
      again.map((one) => [one.code, providers(one)]),
      [
        [0, WARM],
        [0, WARM],
      ],
    );
    assert.deepEqual(
      json(await run('services', 'status', '--json')).services.map(({ leases }) => leases),
      [0, 0, 0],
    );

    const down = await run('services', 'down');
    assert.deepEqual([down.code, down.stdout], [0, ' down\n']);
    assert.deepEqual([isAlive(status.pid), remainsOf(idOf(status))], [false, []]);
    const after = await run('services', 'status');
    assert.deepEqual(
      [after.code, after.stdout],
      [105, ' no warm set is up; runner services up starts one\n'],
    );
    assert.deepEqual(providers(await run()), FRESH);
    assert.equal(readdirSync(join(cache, 'warm')).length, 1);
  });

  it('F16 --no-warm leaves it alone; --provider postgres=warm insists on it', async () => {
    const { run } = stand();
    const missing = await run('--provider', 'postgres=warm');
    assert.equal(missing.code, 105);
    assert.equal(
      missing.of('service.failed')[0]?.reason,
      'no Postgres could be had (warm: no warm set is up)',
    );
    await up(run);
    assert.deepEqual(providers(await run('--no-warm')), FRESH);
    assert.deepEqual(providers(await run('--provider', 'redis=package', '--provider', 'postgres=warm')), {
      postgres: 'warm',
      redis: 'fresh',
    });
  });

  it('F16 a set whose migrations have changed is named, not used, and made anew by reset', async () => {
    const { run, dir } = stand();
    const before = await up(run);
    writeFileSync(join(dir, 'migrations/002.sql'), 'alter table items add column name text;');
    writeFileSync(join(dir, 'a.test.mjs'), TEST.replace('{ id: 1 }', '{ id: 1, name: null }'));
    const ran = await run();
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(providers(ran), { postgres: 'fresh', redis: 'warm' });
    const reason = 'the migrations or the seed of "postgres" have changed since it was started';
    assert.deepEqual(
      ran
        .of('warning')
        .filter(({ code }) => code === 'warm-stale')
        .map(({ code, message }) => [code, message]),
      [['warm-stale', `the warm postgres is not used: ${reason}; runner services reset`]],
    );
    const refused = await run('services', 'up');
    assert.deepEqual([refused.code, refused.stderr], [105, ` error  ${reason}; runner services reset\n`]);
    const reset = await run('services', 'reset', '--json');
    assert.equal(reset.code, 0, reset.stderr);
    assert.notEqual(json(reset).pid, before.pid);
    assert.equal(json(reset).env.API_KEY, before.env.API_KEY);
    assert.deepEqual(providers(await run()), WARM);
  });

  it('T11 an owner that is killed leaves nothing, and status says so; runs go on without it', async () => {
    const { run } = stand();
    const status = await up(run);
    process.kill(status.pid, 'SIGKILL');
    await nothingOf(idOf(status));
    const told = await run('services', 'status');
    assert.deepEqual(
      [told.code, told.stdout],
      [105, ` the owner of the warm set (pid ${status.pid}) died; runner services up starts a new one\n`],
    );
    assert.deepEqual(JSON.parse((await run('services', 'status', '--json')).stdout), {
      state: 'died',
      pid: status.pid,
    });
    assert.deepEqual(providers(await run()), FRESH);
    assert.notEqual((await up(run)).pid, status.pid);
    assert.deepEqual(providers(await run()), WARM);
  });

  it('T11 the leases of a runner that is killed are given back; reset waits for those of a living one', async () => {
    const { run, dir, env } = stand();
    await up(run);
    const { port, entered, open, server } = await gate();
    after(() => server.close());
    let held: readonly number[] = [];
    let refused: Ran | null = null;
    const ran = await runner(dir, ['--real-services'], {
      env: { ...env, HOLD: String(port) },
      meanwhile: async (child) => {
        await entered;
        held = json(await run('services', 'status', '--json')).services.map(({ leases }) => leases);
        refused = await run('services', 'reset');
        child.kill('SIGKILL');
      },
    });
    open();
    assert.equal(ran.signal, 'SIGKILL');
    assert.ok(
      held.every((leases, index) => (index === 2 ? leases === 0 : leases >= 1)),
      String(held),
    );
    assert.ok(refused !== null);
    const { code, stderr }: Ran = refused;
    assert.equal(code, 105);
    assert.match(
      stderr,
      /^ error {2}the warm set is used by \d{8}-\d{6}-[0-9a-f]{8} .*; wait until that has ended\n$/,
    );
    const deadline = performance.now() + 5000;
    const leases = async () =>
      json(await run('services', 'status', '--json')).services.map((one) => one.leases);
    let left = await leases();
    while (left.some((count) => count > 0) && performance.now() < deadline) left = await leases();
    assert.deepEqual(left, [0, 0, 0]);
  });

  it('T8 a warm server that dies in mid-run is told as a crash of the service', async () => {
    const { run, dir, env } = stand();
    const status = await up(run);
    const { port, entered, open, server } = await gate();
    after(() => server.close());
    const ran = await runner(dir, ['--real-services'], {
      env: { ...env, HOLD: String(port) },
      meanwhile: async (_child, folder) => {
        await entered;
        process.kill(status.pid, 'SIGKILL');
        await eventIn(folder, ({ kind }) => kind === 'service.crashed');
        open();
      },
    });
    assert.equal(ran.code, 105, ran.stdout);
    assert.equal(ran.of('service.crashed')[0]?.exit, 'the owner of the warm set is gone');
  });

  it('T19 secrets stand in what a program reads, never in what a person reads', async () => {
    const { run } = stand();
    const status = await up(run);
    const words = await run('services', 'status');
    const lines = await run('services', 'up', '--env');
    assert.match(lines.stdout, new RegExp(`^export API_KEY='${status.env.API_KEY}'$`, 'm'));
    assert.match(
      lines.stdout,
      /^export DATABASE_URL='postgresql:\/\/rt_\w+:[^•']{20,}@127\.0\.0\.1:\d+\/rt_/m,
    );
    assert.match(words.stdout, /^ {3}API_KEY=••••$/m);
    assert.match(words.stdout, /^ {3}DATABASE_URL=postgresql:\/\/rt_\w+:••••@127\.0\.0\.1:/m);
    assert.ok(!words.stdout.includes(status.env.API_KEY ?? '?'));
    const anew = await run('services', 'reset', '--env');
    assert.match(anew.stdout, new RegExp(`^export API_KEY='${status.env.API_KEY}'$`, 'm'));
  });

  it('logs: everything, of one service, or as it comes', async () => {
    const { run, dir, env } = stand();
    const status = await up(run);
    const all = await run('services', 'logs');
    assert.match(all.stdout, /^api \| \d\d:\d\d:\d\d\.\d{3} the api listens$/m);
    assert.match(all.stdout, /^postgres \| /m);
    const one = await run('services', 'logs', 'api');
    assert.match(one.stdout, /^api \| \d\d:\d\d:\d\d\.\d{3} the api listens\n$/);
    const wrong = await run('services', 'logs', 'apy');
    assert.deepEqual([wrong.code, /did you mean "api"\?/.test(wrong.stderr)], [96, true]);
    const followed = await runner(dir, ['services', 'logs', 'api', '-f'], {
      env,
      meanwhile: async (child) => {
        let text = '';
        child.stdout?.on('data', (data) => {
          text += data;
        });
        await fetch(`${status.env.API_URL}/later`);
        while (!text.includes('asked for /later')) await new Promise((resolve) => setTimeout(resolve, 20));
        child.kill('SIGINT');
      },
    });
    assert.deepEqual(
      [followed.code, followed.stdout.replace(/ \d\d:\d\d:\d\d\.\d{3} /g, ' TIME ')],
      [0, 'api | TIME the api listens\napi | TIME asked for /later\n'],
    );
  });

  it('F15 a service that can not be had: nothing stays up', async () => {
    const { run, dir } = stand();
    writeFileSync(join(dir, 'api.mjs'), 'console.error("no such table: users"); process.exit(3);\n');
    const ran = await run('services', 'up');
    assert.equal(ran.code, 105, ran.stdout);
    assert.match(ran.stderr, /^ error {2}api: ended before it was ready \(exit code 3\)/m);
    assert.match(ran.stderr, /\| no such table: users/);
    assert.equal(
      (await run('services', 'status')).stdout,
      ' no warm set is up; runner services up starts one\n',
    );
  });
});
