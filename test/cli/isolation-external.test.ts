import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { freshCache, hostOf, postgres, variable } from '../services/harness.ts';
import { project, type Ran, runner, verdicts } from '../support/cli.ts';
import { MEETING, meeting, PG } from '../support/stores.ts';

const cacheDir = freshCache();

interface Server {
  url(role: string): string;
  rows(sql: string, database?: string): Promise<readonly unknown[]>;
}

/** A server of somebody's, with data of his own and three roles. */
async function server(t: TestContext): Promise<Server> {
  const { lease } = hostOf(t, [postgres({ isolation: 'cluster' })], { cacheDir });
  const admin = new URL(variable(await lease(1), 'DATABASE_URL'));
  const rows: Server['rows'] = async (sql, database = 'theirs') => {
    const url = new URL(admin);
    url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      const result = await client.query(sql);
      // Several statements come back as several results; nobody looks at those.
      return Array.isArray(result) ? [] : result.rows.map((row) => Object.values(row)[0]);
    } finally {
      await client.end();
    }
  };
  await rows('CREATE DATABASE theirs', 'postgres');
  await rows("CREATE ROLE maker LOGIN CREATEDB PASSWORD 'geheim'");
  await rows("CREATE ROLE guest LOGIN PASSWORD 'geheim'; GRANT CREATE ON DATABASE theirs TO guest");
  await rows("CREATE ROLE nobody LOGIN PASSWORD 'geheim'");
  await rows(
    "CREATE TABLE precious AS SELECT 'data' AS name; GRANT ALL ON precious TO guest; GRANT ALL ON SCHEMA public TO guest",
  );
  return {
    url: (role) => {
      const url = new URL(admin);
      url.username = role;
      url.password = 'geheim';
      url.pathname = '/theirs';
      return url.href;
    },
    rows,
  };
}

/** Everything that a run could have left on it. */
const belongings = async ({ rows }: Server): Promise<unknown> => ({
  databases: await rows('SELECT datname::text FROM pg_database ORDER BY 1'),
  roles: await rows("SELECT rolname::text FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"),
  schemas: await rows("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"),
  tables: await rows(
    "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1",
  ),
  precious: await rows('SELECT name FROM precious'),
});

const BODY = `
  await db.query("insert into items values ($1)", [who]);
  say(who, true);
  await hear(who);
  assert.deepEqual((await db.query('select name from items order by 1')).rows, [{ name: who }]);
  await done(who);`;

const twin = (who: string, body: string): string => `import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
import { done, hear, say } from './meeting.mjs';
const who = '${who}';
const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
await db.connect();
after(() => db.end());
test('alone', async () => { ${body} });
`;

const stand = (isolation: string, body = BODY, migration = 'create table items (name text);'): string =>
  project({
    'runner.config.yaml': `version: 1
defaults: { bundle: off }
services:
  postgres: { kind: postgres, migrate: { files: "*.sql" }, isolation: ${isolation} }
suites:
  all: { category: unit, files: "*.test.mjs", needs: postgres }
`,
    '001.sql': migration,
    'meeting.mjs': MEETING,
    'a.test.mjs': twin('a', body),
    'b.test.mjs': twin('b', body),
  });

const run = (dir: string, url: string): Promise<Ran> =>
  runner(dir, ['--real-services', '-w', '2'], { env: { ...meeting().env, RUNNER_POSTGRES_URL: url } });

function refused(ran: Ran, reason: RegExp, remedy: RegExp): void {
  assert.equal(ran.code, 105, ran.stdout);
  const [failed] = ran.of('service.failed');
  assert.match(failed?.reason ?? '', reason);
  assert.match(failed?.remedy ?? '', remedy);
  assert.ok(!ran.stdout.includes('geheim'));
}

describe('isolation on a Postgres that runs already', () => {
  it('F14 F15: every mode that its role allows keeps files apart, and leaves it as it was found', async (t) => {
    const theirs = await server(t);
    const before = await belongings(theirs);
    for (const [isolation, role] of [
      ['database', 'maker'],
      ['schema', 'guest'],
    ] as const) {
      const ran = await run(stand(isolation), theirs.url(role));
      assert.equal(ran.code, 0, ran.stdout);
      assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed', 'b.test.mjs': 'passed' });
      assert.deepEqual(ran.of('warning'), []);
      assert.deepEqual(await belongings(theirs), before, isolation);
    }
    const used = await run(
      stand('none', "assert.deepEqual((await db.query('select * from precious')).rows, [{ name: 'data' }]);"),
      theirs.url('guest'),
    );
    assert.equal(used.code, 0, used.stdout);
    assert.match(
      used.of('warning')[0]?.message ?? '',
      /^"postgres" is one database for all files \(isolation: none\).*one after the other; the one at 127\.0\.0\.1:\d+ is used as it is, and not migrated$/,
    );
    assert.deepEqual(await belongings(theirs), before);
  });

  it('F16: what its role, or the migrations, do not allow is refused with what to choose instead', async (t) => {
    const theirs = await server(t);
    const before = await belongings(theirs);
    const [database, schema, cluster, outside, command] = await Promise.all([
      run(stand('database'), theirs.url('guest')),
      run(stand('schema'), theirs.url('nobody')),
      run(stand('cluster'), theirs.url('maker')),
      run(
        stand('schema', '', 'create table items (); create table public.everybody ();'),
        theirs.url('guest'),
      ),
      run(stand('schema', '', 'create extension if not exists pgcrypto;'), theirs.url('guest')),
    ]);
    refused(
      database,
      /^127\.0\.0\.1:\d+ \(RUNNER_POSTGRES_URL\): its role "guest" may not create databases$/,
      /^ALTER ROLE "guest" CREATEDB, or choose isolation: schema .* or none$/,
    );
    refused(
      schema,
      /: its role "nobody" may not create schemas in "theirs"$/,
      /^GRANT CREATE ON DATABASE "theirs" TO "nobody", or choose isolation: none$/,
    );
    refused(
      cluster,
      /^isolation: cluster wants servers that the runner starts, and RUNNER_POSTGRES_URL names one that runs already$/,
      /^unset RUNNER_POSTGRES_URL, or choose isolation: database, schema or none$/,
    );
    refused(
      outside,
      /^isolation: schema: the migrations make public\.everybody, which every file would share$/,
      /^leave the schema out of the names/,
    );
    refused(
      command,
      /the migrations make (extension pgcrypto|public\..*), which every file/,
      /create extensions in the database beforehand/,
    );
    assert.deepEqual(await belongings(theirs), before);
  });
});
