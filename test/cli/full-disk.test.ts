/** Disks that are full or can't be written, for real: small file systems in a mount namespace of the command's own. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, type Ran, registry, runner } from '../support/cli.ts';
import { idsIn, remainsOf } from '../support/remains.ts';
import { PG } from '../support/stores.ts';

const WITH_POSTGRES = `version: 1
name: fixture
services: { postgres: postgres }
suites:
  all: { category: unit, files: "*.test.mjs", needs: postgres }
`;
const ASKS = `import { test } from 'node:test';
import pg from '${PG}';
test('asks', async () => {
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await db.connect();
  await db.query('select 1');
  await db.end();
});
`;

/** @param mounts folder → options of the empty file system in memory that stands there for the command alone */
const runnerOn = (
  mounts: Readonly<Record<string, string>>,
  dir: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> => {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const script = Object.entries(mounts).map(([at, options]) => `mount -t tmpfs -o ${options} tmpfs '${at}'`);
  const by = ['unshare', '--mount', ...asRoot, 'sh', '-c', [...script, 'exec "$0" "$@"'].join(' && ')];
  return runner(dir, ['--progress', 'none', '--real-services'], { by, env });
};

it('T13 the log on a disk that is full: the run goes on to its totals, says so, and is not green', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs':
      "import { test } from 'node:test';\nfor (let n = 0; n < 600; n += 1) test('number ' + n, () => {});",
  });
  mkdirSync(join(dir, '.runner'));
  const ran = await runnerOn({ [join(dir, '.runner')]: 'size=128k' }, dir);
  assert.equal(ran.code, 110, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '600 passed, 0 failed');
  assert.match(ran.stderr, /the event log can't be written any more: ENOSPC/);
  assert.match(ran.stderr, /the history of this run could not be kept: ENOSPC/);
  assert.doesNotMatch(ran.stderr, /\n\s+at /);
});

it('T13 a disk too small for a server: which service, why, and what to do; the next run is as ever', async () => {
  const dir = project({ 'runner.config.yaml': WITH_POSTGRES, 'asks.test.mjs': ASKS });
  const small = join(dir, 'small');
  mkdirSync(small, { mode: 0o1777 });
  const ran = await runnerOn({ '/dev/shm': 'size=1m', [small]: 'size=20m' }, dir, { TMPDIR: small });
  assert.equal(ran.code, 105, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '0 passed, 1 failed');
  assert.match(ran.stdout, /service postgres\n\s+initdb ended with exit code 1\n/);
  assert.match(ran.stdout, /No space left on device/);
  const remedy = ran.stdout.slice(ran.stdout.indexOf('remedy:')).replaceAll(/\s+/g, ' ');
  assert.ok(
    remedy.startsWith(
      `remedy: a disk is full: free some space, or have runs keep their files elsewhere (TMPDIR, now small); or read .runner/runs/`,
    ),
    remedy,
  );
  const [run = ''] = idsIn(join(dir, '.runner', 'runs'));
  assert.deepEqual(remainsOf(run), []);

  const again = await runner(dir, ['--real-services']);
  assert.equal(again.lastLine, '1 passed, 0 failed', again.stdout + again.stderr);
});

it('T13 memory that can’t be written as a disk (/dev/shm): servers keep their data elsewhere', async () => {
  const dir = project({ 'runner.config.yaml': WITH_POSTGRES, 'asks.test.mjs': ASKS });
  const ran = await runnerOn({ '/dev/shm': 'ro' }, dir);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '1 passed, 0 failed');
});
