/** `--watch` with real stores: they stay up from round to round, clean, and are replaced where they died or are meant otherwise. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { readEventLog } from '../../src/events/index.ts';
import { processesNaming, project } from '../support/cli.ts';
import { PG, REDIS } from '../support/stores.ts';
import { onTerminal } from '../support/terminal.ts';

const TEST = `import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import pg from ${JSON.stringify(PG)};
import redis from ${JSON.stringify(REDIS)};
import { say } from './say.mjs';

test('both stores are as if new', async () => {
  const sql = new pg.Client(process.env.DATABASE_URL);
  await sql.connect();
  const { rows } = await sql.query('SELECT word, pg_backend_pid() AS backend FROM words');
  const [, postmaster] = /^PPid:\\s+(\\d+)/m.exec(readFileSync('/proc/' + rows[0].backend + '/status', 'utf8'));
  await sql.query("INSERT INTO words VALUES ('of a round before')");
  await sql.end();
  const cache = new redis.Redis(process.env.REDIS_URL);
  assert.equal(await cache.dbsize(), 0);
  await cache.set('of a round before', '1');
  cache.disconnect();
  writeFileSync('seen.log', JSON.stringify({ words: rows.map(({ word }) => word), postmaster: Number(postmaster), say }));
});
`;

it('stores stand between rounds, their data does not; what died or has other migrations comes anew; q leaves nothing', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
name: stores
services:
  db: { kind: postgres, migrate: { files: "migrations/*.sql" } }
  cache: { kind: redis }
suites:
  all: { title: All, category: deep, files: "*.test.mjs", needs: [db, cache], env: { DATABASE_URL: "\${services.db.url}", REDIS_URL: "\${services.cache.url}" } }
`,
    '.gitignore': '.runner\n*.log\n',
    'migrations/1.sql': "CREATE TABLE words (word text); INSERT INTO words VALUES ('first');\n",
    'say.mjs': 'export const say = 1;\n',
    'a.test.mjs': TEST,
  });
  execFileSync('git', ['init', '-q', dir]);
  const session = onTerminal(dir, ['--watch', '--real-services']);
  const runs: string[] = [];
  const round = async () => {
    const screen = await session.until(' watching ');
    const run = String(/\.runner\/runs\/([\w-]+)\/events/.exec(screen)?.[1]);
    runs.push(run);
    const { events } = readEventLog(join(dir, '.runner', 'runs', run, 'events.ndjson'));
    const seen = JSON.parse(readFileSync(join(dir, 'seen.log'), 'utf8'));
    const warnings = events.flatMap((event) =>
      event.kind === 'warning' && event.code !== 'unbundled' ? [event.message] : [],
    );
    assert.deepEqual(warnings, []);
    const verdicts = events.flatMap((event) => (event.kind === 'attempt.finished' ? [event.verdict] : []));
    assert.deepEqual(verdicts, ['passed']);
    const starts = events.flatMap((event) =>
      event.kind === 'service.ready' && event.lease === null ? [[event.service, event.ms === 0]] : [],
    );
    return { seen, starts: Object.fromEntries(starts) };
  };
  const first = await round();
  assert.deepEqual(first.seen.words, ['first']);
  assert.deepEqual(first.starts, { db: false, cache: false });

  writeFileSync(join(dir, 'say.mjs'), 'export const say = 2;\n');
  const second = await round();
  assert.deepEqual(second.seen, { ...first.seen, say: 2 });
  assert.deepEqual(second.starts, { db: true, cache: true });

  writeFileSync(join(dir, 'migrations/2.sql'), "INSERT INTO words VALUES ('second');\n");
  const third = await round();
  assert.deepEqual(third.seen.words, ['first', 'second']);
  assert.deepEqual(third.starts, { db: false, cache: true });

  process.kill(third.seen.postmaster, 'SIGKILL');
  writeFileSync(join(dir, 'say.mjs'), 'export const say = 3;\n');
  const fourth = await round();
  assert.deepEqual(fourth.seen.words, ['first', 'second']);
  assert.notEqual(fourth.seen.postmaster, third.seen.postmaster);
  assert.deepEqual(fourth.starts, { db: false, cache: true });

  session.press('q');
  assert.equal((await session.ended()).code, 0);
  for (const run of runs) assert.deepEqual(processesNaming(run), []);
  assert.deepEqual(processesNaming(dir), []);
});
