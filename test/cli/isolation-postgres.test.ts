import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freshCache, remainsOf } from '../services/harness.ts';
import { project, type Ran, runner, verdicts } from '../support/cli.ts';
import { MEETING, meeting, PG } from '../support/stores.ts';

const registry = (postgres: string): string => `version: 1
defaults: { bundle: off }
services:
  postgres: { kind: postgres, migrate: { files: "migrations/*.sql" }, ${postgres} }
suites:
  all: { category: unit, files: "*.test.mjs", needs: postgres }
`;

/** @param body runs in both files at once; `who` is a or b, `db` its connection, `refused` tells the SQLSTATE of a refusal */
const twin = (who: string, body: string): string => `import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
import { done, hear, say } from './meeting.mjs';
const who = '${who}';
const mine = new URL(process.env.DATABASE_URL);
const db = new pg.Client({ connectionString: mine.href });
await db.connect();
after(() => db.end());
const rows = async (sql) => (await db.query(sql)).rows.map((row) => Object.values(row)[0]);
const refused = (work) => work.then(() => 'allowed', (error) => error.code);
const visit = async (url) => {
  const guest = new pg.Client({ connectionString: url });
  guest.on('error', () => {});
  try {
    await guest.connect();
    return 'allowed';
  } catch (error) {
    return error.code;
  } finally {
    await guest.end();
  }
};
test('alone', async () => { ${body} });
`;

const MIGRATION = 'create table items (name text primary key);\n';
const files = (postgres: string, body: string): Record<string, string> => ({
  'runner.config.yaml': registry(postgres),
  'migrations/001.sql': MIGRATION,
  'meeting.mjs': MEETING,
  'a.test.mjs': twin('a', body),
  'b.test.mjs': twin('b', body),
});

/** Both are there with a row of their own before either looks. */
const MEET = `
  await db.query("insert into items values ($1)", [who]);
  say(who, { url: mine.href, role: (await rows('select current_user'))[0] });
  const theirs = await hear(who);
  const found = await rows('select name from items order by 1');`;

const green = (ran: Ran): void => {
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed', 'b.test.mjs': 'passed' });
  assert.deepEqual(remainsOf(ran.of('run.started')[0]?.runId ?? ''), []);
};

const overlapped = (ran: Ran): boolean => {
  const kinds = ran.events
    .filter(({ kind }) => kind === 'file.started' || kind === 'attempt.finished')
    .map(({ kind }) => kind);
  return kinds[1] === 'file.started';
};

describe('isolation of a Postgres that the runner starts', () => {
  it('F15 database: a role that owns its own database only, and gets into no other', async () => {
    const body = `${MEET}
  assert.deepEqual(found, [who]);
  const [role] = (await db.query('select rolsuper, rolcreatedb, rolcreaterole, rolreplication from pg_roles where rolname = current_user')).rows;
  assert.deepEqual(role, { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false });
  assert.deepEqual(await rows('select datname from pg_database d join pg_roles r on r.oid = d.datdba where rolname = current_user'), [mine.pathname.slice(1)]);
  assert.notEqual(theirs.role, mine.username);
  const there = new URL(mine);
  there.pathname = new URL(theirs.url).pathname;
  assert.equal(await visit(there.href), '42501');
  assert.equal(await refused(db.query('drop database "' + there.pathname.slice(1) + '"')), '42501');
  assert.equal(await refused(db.query('set role "' + theirs.role + '"')), '42501');
  assert.deepEqual(await rows("select query from pg_stat_activity where usename = '" + theirs.role + "' and query not like '<insuff%'"), []);
  // What the migrations made is its own to change.
  await db.query('alter table items add column more int; drop table items; create schema mine; create extension pgcrypto');
  await done(who);`;
    const { env } = meeting();
    green(await runner(project(files('isolation: database', body)), ['--real-services', '-w', '2'], { env }));
  });

  it('F15 schema: one database, a schema and a role for each; nothing can be made outside of it', async () => {
    const body = `${MEET}
  assert.deepEqual(found, [who]);
  assert.equal(new URL(theirs.url).pathname, mine.pathname);
  assert.deepEqual(await rows('select current_schema'), [mine.username]);
  assert.match(mine.search, /^\\?options=-c%20search_path%3D/);
  assert.equal(await refused(db.query('select * from "' + theirs.role + '".items')), '42501');
  assert.equal(await refused(db.query('create table public.everybody ()')), '42501');
  assert.equal(await refused(db.query('create schema another')), '42501');
  assert.equal((await rows("select length(digest('x', 'sha256'))"))[0], 32);
  await done(who);`;
    const { env } = meeting();
    const dir = project({
      ...files('isolation: schema', body),
      'migrations/000.sql': 'create extension if not exists pgcrypto;',
    });
    const ran = await runner(dir, ['--real-services', '-w', '2'], { env });
    green(ran);
    // What the server counts is everybody's: what the tests did themselves is told all the same.
    for (const { services } of ran.of('lease.released')) {
      assert.equal(services[0]?.own?.unit, 'statements');
      assert.ok((services[0]?.own?.operations ?? 0) > 3);
      assert.equal(services[0]?.total, null);
    }
    assert.deepEqual(ran.of('warning'), []);
  });

  it('schema: migrations that name a schema themselves are refused, exit 105', async () => {
    const dir = project({
      ...files('isolation: schema', ''),
      'migrations/001.sql': '\ncreate table public.items (name text);',
    });
    const ran = await runner(dir, ['--real-services']);
    assert.equal(ran.code, 105, ran.stdout);
    assert.match(
      ran.stdout,
      /migration migrations\/001\.sql:2: permission denied for schema public \(SQLSTATE 42501\)/,
    );
    assert.match(ran.stdout, /with isolation: schema it must name no schema\s+itself/);
  });

  it('F12 cluster: a server and its superuser for each: roles, settings and restarts reach nobody else', async () => {
    const body = `${MEET}
  assert.deepEqual(found, [who]);
  assert.notEqual(new URL(theirs.url).port, mine.port);
  const there = new URL(mine);
  there.port = new URL(theirs.url).port;
  assert.equal(await visit(there.href), '28P01');
  await db.query('create role somebody');
  await db.query("alter system set application_name = 'of " + who + "'");
  await db.query('select pg_reload_conf()');
  assert.deepEqual(await rows('show wal_level'), ['logical']);
  await db.query("select pg_create_logical_replication_slot('slot', 'pgoutput')");
  await db.query("select pg_drop_replication_slot('slot')");
  await done(who);`;
    const { env } = meeting();
    const settings = 'isolation: cluster, settings: { wal_level: logical, max_wal_senders: 4 }';
    const ran = await runner(project(files(settings, body)), ['--real-services', '-w', '2'], { env });
    green(ran);
    const leased = ran.of('service.ready').filter(({ lease }) => lease !== null);
    assert.equal(new Set(leased.map(({ endpoint }) => endpoint)).size, 2);
    for (const { services } of ran.of('lease.released')) assert.equal(services[0]?.own?.unit, 'transactions');
  });

  it('none: one database, said so; files take turns with it, unless parallel: true', async () => {
    const body = `
  await db.query('insert into items values ($1)', [who]);
  say(who, await rows('select name from items order by 1'));`;
    const { env, said } = meeting();
    const dir = project(files('isolation: none', body));
    const planned = await runner(dir, ['--real-services', '--dry-run']);
    assert.match(planned.stdout, / shared {2}postgres \(isolation: none\): 2 files, one after the other\n/);
    const ran = await runner(dir, ['--real-services', '-w', '2'], { env });
    green(ran);
    assert.equal(overlapped(ran), false);
    assert.deepEqual([said('a'), said('b')], [['a'], ['a', 'b']]);
    assert.match(ran.stdout, /"postgres" is one database for all files \(isolation: none\)/);
    assert.match((await runner(dir, ['list'])).stdout, / postgres +postgres +none +2\n/);

    const together = meeting();
    const both = `${MEET}
  assert.deepEqual(found, ['a', 'b']);
  await done(who);`;
    const parallel = project(files('isolation: none, parallel: true', both));
    const second = await runner(parallel, ['--real-services', '-w', '2'], { env: together.env });
    green(second);
    assert.equal(overlapped(second), true);
    assert.match(second.stdout, /run at the same time \(parallel: true\)/);
  });
});

describe('layers of the template', () => {
  it('a new seed does not migrate again; one that fails is exit 105 with its line; a command gets ${url}', async () => {
    const migrate = `import { appendFileSync } from 'node:fs';
import pg from '${PG}';
const [url] = process.argv.slice(2);
if (url !== process.env.DATABASE_URL) throw new Error('another URL');
const db = new pg.Client({ connectionString: url });
await db.connect();
await db.query('create table items (name text primary key)');
await db.end();
appendFileSync('migrated', 'once\\n');
`;
    const dir = project({
      'runner.config.yaml': `version: 1
defaults: { bundle: off }
services:
  postgres:
    kind: postgres
    migrate: { run: [node, migrate.mjs, "\${url}"], inputs: migrate.mjs }
    seed: { files: "seed/*.sql" }
suites:
  all: { category: unit, files: "*.test.mjs", needs: postgres }
`,
      'migrate.mjs': migrate,
      'seed/001.sql': "insert into items values ('first');\n",
      'meeting.mjs': MEETING,
      'a.test.mjs': twin('a', "say(who, await rows('select name from items order by 1'));"),
    });
    const { env: place, said } = meeting();
    const env = { ...place, RUNNER_CACHE_DIR: freshCache() };
    const migrations = (): string => readFileSync(join(dir, 'migrated'), 'utf8');
    assert.equal((await runner(dir, ['--real-services'], { env })).code, 0);
    assert.deepEqual(said('a'), ['first']);
    writeFileSync(join(dir, 'seed', '002.sql'), "insert into items values ('second');\n");
    assert.equal((await runner(dir, ['--real-services'], { env })).code, 0);
    assert.deepEqual(said('a'), ['first', 'second']);
    assert.equal(migrations(), 'once\n');

    writeFileSync(
      join(dir, 'seed', '002.sql'),
      "-- a; comment\nselect 'semi;colon';\n\ninsert into items\n  values ('first');\n",
    );
    const failed = await runner(dir, ['--real-services'], { env });
    assert.equal(failed.code, 105, failed.stdout);
    assert.match(
      failed.stdout,
      /seed seed\/002\.sql:4 \(statement 2\): duplicate key value .* \(SQLSTATE 23505\); Key \(name\)=\(first\) already exists/,
    );
    assert.match(failed.stdout, /remedy: correct seed\/002\.sql: /);
    assert.equal(migrations(), 'once\n');

    writeFileSync(join(dir, 'migrate.mjs'), "console.log('looking for it'); process.exit(3);\n");
    const broken = await runner(dir, ['--real-services'], { env });
    assert.equal(broken.code, 105, broken.stdout);
    assert.match(broken.stdout, /migration `node migrate\.mjs \$\{url\}` ended with exit code 3/);
    assert.match(broken.stdout, /looking for it/);
  });
});
