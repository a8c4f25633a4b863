/** What killed runs leave on a server that somebody else runs, and who may remove it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { ownName } from '../../src/processes/index.ts';
import { eventIn, project, runner } from '../support/cli.ts';
import { freshCache, hostOf, postgres } from './harness.ts';

const cacheDir = freshCache();

const PROJECT = {
  'runner.config.yaml': `version: 1
services:
  whole: { kind: postgres, migrate: { files: "*.sql" } }
  part: { kind: postgres, isolation: schema, migrate: { files: "*.sql" }, export: { PART_URL: "\${url}" } }
suites:
  hangs: { category: unit, files: "hangs.test.mjs", needs: [whole, part] }
  passes: { category: unit, files: "passes.test.mjs", needs: [whole, part] }
`,
  '1.sql': 'create table words (word text);',
  'hangs.test.mjs':
    "import { test } from 'node:test';\ntest('hangs', () => new Promise(() => setInterval(() => {}, 1000)));\n",
  'passes.test.mjs': "import { test } from 'node:test';\ntest('passes', () => {});\n",
};

test('T11 F14 F15 on a foreign server the next start drops what a killed run of this machine left, at once, and nothing of others', async (t) => {
  const server = hostOf(t, [postgres({ isolation: 'cluster' })], { cacheDir });
  const url = (await server.lease(1)).env.DATABASE_URL ?? '';
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  // The server goes first where the test fails.
  db.on('error', () => {});
  const made = async (): Promise<string[]> => {
    const { rows } = await db.query(
      'select datname as name from pg_database union all select nspname from pg_namespace',
    );
    return rows.map(({ name }) => String(name)).filter((name) => name.startsWith('rt_'));
  };
  const env = { RUNNER_CACHE_DIR: cacheDir, RUNNER_WHOLE_URL: url, RUNNER_PART_URL: url };
  const dir = project(PROJECT);
  const killed = await runner(dir, ['--suite', 'hangs'], {
    env,
    meanwhile: async (child) => {
      await eventIn(dir, ({ kind }) => kind === 'test.started');
      child.kill('SIGKILL');
    },
  });
  assert.equal(killed.signal, 'SIGKILL');
  const prefixOf = (run: string): string => `rt_${run.replaceAll('-', '_')}_`;
  const ofTheKilled = prefixOf(killed.events[0]?.runId ?? '');
  const left = await made();
  // Two services, each a lease and what was made ahead, and the template.
  assert.ok(left.length >= 5 && left.every((name) => name.startsWith(ofTheKilled)), left.join(', '));

  // One that lives in this very process; of others nothing can be known, or only that it was long ago.
  const living = hostOf(t, [postgres()], { cacheDir, env: { ...process.env, RUNNER_POSTGRES_URL: url } });
  await living.lease(1);
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const recent = `rt_${stamp.slice(0, 8)}_${stamp.slice(8)}`;
  const [pid, , boot, namespace, host] = ownName().split(' ');
  const ended = '1';
  const signatures: Record<string, string | null> = {
    [`${recent}_aaa1_1`]: null,
    [`${recent}_aaa2_1`]: `runner ${[pid, ended, boot, 'pid:[1]', host].join(' ')} 0`,
    [`${recent}_aaa3_1`]: `runner ${[pid, ended, 'another-boot', namespace, host].join(' ')} of-another-machine`,
    [`${recent}_aaa4_1`]: `runner ${[pid, ended, '', namespace, host].join(' ')} 0`,
    rt_20200101_000000_aaa5_1: `runner ${ownName()} 0`
      .replace(host ?? '', 'another')
      .replace(boot ?? '', 'x'),
    [`${recent}_bbb1_2_1`]: `runner ${[pid, ended, boot, namespace, host].join(' ')} 0`,
  };
  for (const [name, signature] of Object.entries(signatures)) {
    await db.query(`create database ${name}`);
    if (signature !== null) await db.query(`comment on database ${name} is '${signature}'`);
  }
  const others = Object.keys(signatures).filter((name) => name.startsWith(`${recent}_aaa`));

  const next = await runner(dir, ['--suite', 'passes'], { env });
  assert.deepEqual([next.code, next.lastLine], [0, '1 passed, 0 failed']);
  const now = await made();
  assert.deepEqual(now.filter((name) => !name.startsWith(prefixOf(living.run))).sort(), [...others].sort());
  assert.ok(now.some((name) => name === `${prefixOf(living.run)}1_template`));
  assert.deepEqual(await living.host.stop(), { leftovers: [] });
  assert.deepEqual((await made()).sort(), [...others].sort());
  await db.end();
});
