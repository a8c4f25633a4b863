/** `--keep-failed`: the database of a failed file outlives its run, and is opened, read and removed by the commands it names. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { project, type Ran, runner } from '../support/cli.ts';
import { PG } from '../support/stores.ts';
import { freshCache, hostOf, postgres, remainsOf } from './harness.ts';

const cacheDir = freshCache();
const env = { RUNNER_CACHE_DIR: cacheDir };

/** Writes a word into the database that the variable names, and ends as it is told. */
const writes = (variable: string, word: string, end: 'passes' | 'fails'): string => `import pg from '${PG}';
import { test } from 'node:test';
import assert from 'node:assert/strict';
test('writes', async () => {
  const db = new pg.Client({ connectionString: process.env.${variable} });
  await db.connect();
  await db.query("insert into words values ('${word}')");
  await db.end();
  ${end === 'fails' ? "assert.fail('on purpose')" : ''}
});
`;

const registry = (services: string, needs: Record<string, string>): string => `version: 1
services:
${services}
suites:
${Object.entries(needs)
  .map(
    ([suite, service]) => `  ${suite}: { category: unit, files: "${suite}-*.test.mjs", needs: [${service}] }`,
  )
  .join('\n')}
`;
const TABLE = 'create table words (word text);';

interface Section {
  readonly [key: string]: string;
}

/** A libpq service file, by its sections. */
function servicesIn(path: string): Map<string, Section> {
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const sections = readFileSync(path, 'utf8').split(/^\[/m).slice(1);
  return new Map(
    sections.map((section) => {
      const [head = '', ...lines] = section.trim().split('\n');
      return [head.slice(0, -1), Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)))];
    }),
  );
}

/** What a person sees who types the `PGSERVICEFILE=… psql service=…` line in the folder, and asks for a column. */
async function opened(line: string, dir: string, sql = 'select word from words'): Promise<unknown[]> {
  const [, path = '', name = ''] = /PGSERVICEFILE=(\S+) psql service=(\S+)/.exec(line) ?? [];
  const section = servicesIn(path.startsWith('/') ? path : join(dir, path)).get(name);
  assert.ok(section !== undefined, line);
  const { host, port, dbname, user, password, options } = section;
  const db = new pg.Client({
    host,
    port: Number(port),
    database: dbname,
    user,
    password,
    ...(options === undefined ? {} : { options }),
  });
  await db.connect();
  const { rows } = await db.query(sql);
  await db.end();
  return rows.flatMap((row) => Object.values(row));
}

const kept = (stdout: string): string[] =>
  stdout.split('\n').flatMap((line) => /^ {5}database kept: (.*)$/.exec(line)?.[1] ?? []);

test('F12 F14 --keep-failed on the run’s own servers: stored, opened again as the test left it, removed', async () => {
  const dir = project({
    'runner.config.yaml': registry(
      `  plain: { kind: postgres, migrate: { files: "*.sql" } }
  alone: { kind: postgres, isolation: cluster, migrate: { files: "*.sql" }, export: { ALONE_URL: "\${url}" } }
  common: { kind: postgres, isolation: none, migrate: { files: "*.sql" }, export: { COMMON_URL: "\${url}" } }`,
      { plain: 'plain', alone: 'alone', common: 'common' },
    ),
    '1.sql': TABLE,
    'plain-red.test.mjs': writes('DATABASE_URL', 'of the red one', 'fails'),
    'plain-green.test.mjs': writes('DATABASE_URL', 'of the green one', 'passes'),
    'alone-red.test.mjs': writes('ALONE_URL', 'of a server', 'fails'),
    'common-red.test.mjs': writes('COMMON_URL', 'of all', 'fails'),
  });
  const ran = await runner(
    dir,
    ['--suite', 'plain,alone,common', '--keep-failed', '--report', 'junit,markdown,html'],
    {
      env,
    },
  );
  assert.equal(ran.code, 100);
  const run = ran.events[0]?.runId ?? '';
  const short = run.slice(-8);
  assert.deepEqual(
    ran
      .of('database.kept')
      .map(({ file, service, serviceFile }) => [file, service, serviceFile])
      .sort(),
    [
      ['alone-red.test.mjs', 'alone', null],
      ['plain-red.test.mjs', 'plain', null],
    ],
  );
  assert.deepEqual(
    ran.of('warning').flatMap(({ code, message }) => (code === 'not-kept' ? [message] : [])),
    ['the common of common-red.test.mjs is not kept: it is one for all files (isolation: none)'],
  );
  assert.deepEqual(kept(ran.stdout), [`runner kept open ${short}`, `runner kept open ${short}`]);
  assert.deepEqual(remainsOf(run), []);

  // Nothing that is shown or written down for others has a password in it.
  const folder = join(dir, '.runner', 'kept', run);
  assert.deepEqual(readdirSync(folder).sort(), ['alone', 'kept.json', 'plain']);
  const record = readFileSync(join(folder, 'kept.json'), 'utf8');
  assert.deepEqual(
    [statSync(folder).mode & 0o777, statSync(join(folder, 'kept.json')).mode & 0o777],
    [0o700, 0o600],
  );
  const passwords = [...record.matchAll(/:\/\/[^:]+:([^@]+)@/g)].map(([, password = '']) => password);
  assert.equal(passwords.length, 2);
  const runDir = join(dir, '.runner', 'runs', run);
  const written = ['events.ndjson', 'junit.xml', 'summary.md', 'report.html'].map((name) =>
    readFileSync(join(runDir, name), 'utf8'),
  );
  for (const password of passwords)
    assert.ok([ran.stdout, ran.stderr, ...written].every((text) => !text.includes(password)));
  for (const text of written.slice(1))
    assert.ok(text.includes(`runner kept open ${short}`) && text.includes(`runner kept remove ${short}`));

  const list = await runner(dir, ['kept', '--json']);
  const [listed] = JSON.parse(list.stdout);
  assert.deepEqual([listed.run, listed.databases.length, list.stdout.includes('url')], [run, 2, false]);

  const lines: string[] = [];
  const words: unknown[][] = [];
  const session = await runner(dir, ['kept', 'open', short], {
    meanwhile: async (child) => {
      let out = '';
      await new Promise<void>((resolve) => {
        child.once('close', () => resolve());
        child.stdout?.on('data', (text) => {
          out += text;
          if (out.includes('open until Ctrl-C')) resolve();
        });
      });
      lines.push(...out.split('\n').filter((line) => line.includes('psql')));
      for (const line of lines) words.push(await opened(line, dir));
      child.kill('SIGINT');
    },
  });
  assert.deepEqual([session.code, session.stderr], [0, '']);
  assert.deepEqual(words.sort(), [['of a server'], ['of the red one']]);
  const [, served = ''] = /PGSERVICEFILE=(\S+)/.exec(lines[0] ?? '') ?? [];
  assert.equal(existsSync(served), false);

  const unknown = await runner(dir, ['kept', 'remove', 'none']);
  assert.deepEqual([unknown.code, /nothing is kept of a run "none"/.test(unknown.stderr)], [96, true]);
  const removed = await runner(dir, ['kept', 'remove', short]);
  assert.deepEqual([removed.code, removed.stdout], [0, ` ${run}: 2 databases removed\n`]);
  assert.equal(existsSync(folder), false);
});

test('F12 F14 --keep-failed on a server that runs already: renamed there, opened by psql’s line, dropped by remove', async (t) => {
  const server = hostOf(t, [postgres({ isolation: 'cluster' })], { cacheDir });
  const url = (await server.lease(1)).env.DATABASE_URL ?? '';
  const dir = project({
    'runner.config.yaml': registry(
      `  whole: { kind: postgres, migrate: { files: "*.sql" } }
  part: { kind: postgres, isolation: schema, migrate: { files: "*.sql" }, export: { PART_URL: "\${url}" } }
  other: { kind: postgres, migrate: { files: "*.sql" }, export: { OTHER_URL: "\${url}" } }`,
      { whole: 'whole', part: 'part', other: 'other' },
    ),
    '1.sql': TABLE,
    'whole-red.test.mjs': writes('DATABASE_URL', 'in a database', 'fails'),
    'part-red.test.mjs': writes('PART_URL', 'in a schema', 'fails'),
    'other-red.test.mjs': writes('OTHER_URL', 'in another', 'fails'),
    'whole-green.test.mjs': writes('DATABASE_URL', 'gone', 'passes'),
  });
  // All of them on one server.
  const theirs = { ...env, RUNNER_WHOLE_URL: url, RUNNER_PART_URL: url, RUNNER_OTHER_URL: url };
  const ran = await runner(dir, ['--suite', 'whole,part,other', '--keep-failed'], { env: theirs });
  assert.equal(ran.code, 100);
  const run = ran.events[0]?.runId ?? '';
  const lines = kept(ran.stdout);
  assert.deepEqual((await Promise.all(lines.map((line) => opened(line, dir)))).sort(), [
    ['in a database'],
    ['in a schema'],
    ['in another'],
  ]);
  assert.ok(!`${ran.stdout}${JSON.stringify(ran.events)}`.includes(new URL(url).password));
  const made = async (): Promise<string[]> => {
    const db = new pg.Client({ connectionString: url });
    await db.connect();
    const { rows } = await db.query(
      'select datname as name from pg_database union all select nspname from pg_namespace',
    );
    await db.end();
    return rows.map(({ name }) => String(name)).filter((name) => /^(rt|kept)_/.test(name));
  };
  const names = ran.of('database.kept').map(({ database }) => database);
  assert.deepEqual((await made()).sort(), [...names].sort());
  assert.ok(names.every((name) => name.startsWith(`kept_${run.replaceAll('-', '_')}_`)));

  const open = await runner(dir, ['kept', 'open', run]);
  assert.deepEqual([open.code, open.stdout.match(/psql service=/g)?.length], [0, 3]);
  const removed = await runner(dir, ['kept', 'remove', '--all']);
  assert.deepEqual([removed.code, removed.stderr], [0, '']);
  assert.deepEqual(await made(), []);
});

/** Which of the names a server has, be it of a database, a schema or a role. */
const among = (names: readonly string[]): string => `
  select name from (
    select datname as name from pg_database union all
    select nspname from pg_namespace union all
    select rolname from pg_roles
  ) made where name = any('{${names.join(',')}}')`;

test('F12 F14 --keep-failed on the warm set: it stays there until it is removed, and its role with it', async () => {
  const dir = project({
    'runner.config.yaml': registry(
      `  whole: { kind: postgres, migrate: { files: "*.sql" } }
  part: { kind: postgres, isolation: schema, migrate: { files: "*.sql" }, export: { PART_URL: "\${url}" } }`,
      { whole: 'whole', part: 'part' },
    ),
    '1.sql': TABLE,
    'whole-red.test.mjs': writes('DATABASE_URL', 'in a database', 'fails'),
    'part-red.test.mjs': writes('PART_URL', 'in a schema', 'fails'),
  });
  const keep = () => runner(dir, ['--suite', 'whole,part', '--keep-failed'], { env });
  const up = await runner(dir, ['services', 'up'], { env });
  assert.equal(up.code, 0, up.stderr);
  try {
    const [first, second] = [await keep(), await keep()];
    assert.deepEqual([first.code, second.code], [100, 100]);
    const words = (ran: Ran) => Promise.all(kept(ran.stdout).map((line) => opened(line, dir)));
    assert.deepEqual((await words(first)).sort(), [['in a database'], ['in a schema']]);
    const namesOf = (ran: Ran) =>
      ran.of('database.kept').flatMap(({ database }) => [database, database.replace(/^kept_/, 'rt_')]);
    /** What both servers have of the run's, as the second run's databases and schemas are opened. */
    const madeBy = async (ran: Ran): Promise<unknown[]> => {
      const found = await Promise.all(
        kept(second.stdout).map((line) => opened(line, dir, among(namesOf(ran)))),
      );
      return found.flat().sort();
    };
    assert.deepEqual(await madeBy(first), namesOf(first).sort());

    const removed = await runner(dir, ['kept', 'remove', first.events[0]?.runId ?? ''], { env });
    assert.deepEqual([removed.code, removed.stderr], [0, '']);
    assert.deepEqual(await madeBy(first), []);
    assert.deepEqual(await madeBy(second), namesOf(second).sort());
    assert.deepEqual((await words(second)).sort(), [['in a database'], ['in a schema']]);
  } finally {
    assert.equal((await runner(dir, ['services', 'down'], { env })).code, 0);
  }
  // It went with the set.
  const removed = await runner(dir, ['kept', 'remove', '--all'], { env });
  assert.deepEqual([removed.code, removed.stderr], [0, '']);
});
