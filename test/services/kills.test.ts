/** Runners and owners killed at random moments, and runs that share a checkout. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment, project, REPOSITORY } from '../support/cli.ts';
import { killAtRandom } from '../support/kills.ts';
import { freshCache, temporaryFolder } from './harness.ts';

test('T11 six runners and three owners killed at random moments leave nothing a second after the next start', async (t) => {
  const seed = Date.now() % 1_000_000;
  const killed = await killAtRandom({ runners: 6, owners: 3, seed, say: (line) => t.diagnostic(line) });
  assert.equal(killed.length, 9);
  assert.deepEqual(
    killed.filter(({ remains }) => remains.length > 0),
    [],
    `seed ${seed}`,
  );
});

test('F12 T14 two runs at once in one checkout, and one more as another user, all pass', async () => {
  const NOBODY = 65534;
  const dir = project({
    'runner.config.yaml': `version: 1
services: { postgres: { kind: postgres, migrate: { files: "*.sql" } }, redis: redis }
suites: { all: { category: unit, files: "*.test.mjs", needs: [postgres, redis] } }
`,
    '1.sql': 'create table t (id int);',
    'a.test.mjs': "import { test } from 'node:test';\ntest('a', () => {});\n",
  });
  // A checkout that both may write in, as a shared one has to be.
  mkdirSync(join(dir, '.runner', 'runs'), { recursive: true });
  for (const path of [dir, join(dir, '.runner'), join(dir, '.runner', 'runs')]) chmodSync(path, 0o777);
  const cache = freshCache();
  const theirs = temporaryFolder('their-cache');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(theirs, NOBODY, NOBODY);
  const run = (cacheDir: string, user: { uid?: number; gid?: number }) =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [join(REPOSITORY, 'bin/runner.mjs'), '--suite', 'all'], {
        cwd: dir,
        env: { ...cleanEnvironment(), HOME: '/nonexistent', RUNNER_CACHE_DIR: cacheDir },
        ...user,
      });
      let out = '';
      child.stdout.on('data', (text) => {
        out += text;
      });
      child.stderr.on('data', (text) => {
        out += text;
      });
      child.once('close', (code) => resolve(`${code} ${out.trimEnd().split('\n').at(-1)}`));
    });
  const other = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  assert.deepEqual(await Promise.all([run(cache, {}), run(cache, {}), run(theirs, other)]), [
    '0 1 passed, 0 failed',
    '0 1 passed, 0 failed',
    '0 1 passed, 0 failed',
  ]);
});
