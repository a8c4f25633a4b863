/** Runners and owners killed at chosen moments, and runs that share a checkout. `npm run torture:kill` chooses at random. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment, project, REPOSITORY } from '../support/cli.ts';
import { killEach, type Victim } from '../support/kills.ts';
import { temporaryFolder } from './harness.ts';

test('T11 runners and an owner killed at chosen moments leave nothing once the next has begun, which passes', async (t) => {
  const victims: Victim[] = [
    { what: 'runner', at: 'run.started', tests: 'end' },
    { what: 'runner', at: 'test.started', tests: 'hang' },
    { what: 'runner', at: 'attempt.finished', tests: 'end' },
    { what: 'owner', at: 700, tests: 'end' },
  ];
  const killed = await killEach(victims, (line) => t.diagnostic(line));
  assert.deepEqual(
    killed.map(({ ms, ...rest }) => rest),
    victims.map((victim) => ({ ...victim, remains: [], next: 0 })),
  );
});

test('F12 T14 two runs at once in one checkout, and one more as another user on the same cache, all pass', async () => {
  const NOBODY = 65534;
  const dir = project({
    'runner.config.yaml': `version: 1
services: { postgres: { kind: postgres, migrate: { files: "*.sql" } }, redis: redis }
suites: { all: { category: unit, files: "*.test.mjs", needs: [postgres, redis] } }
`,
    '1.sql': 'create table t (id int);',
    'a.test.mjs': "import { test } from 'node:test';\ntest('a', () => {});\n",
  });
  // A checkout and a cache that both may write in, as shared ones have to be; sticky, as /tmp is.
  const cache = temporaryFolder('shared-cache');
  const own = ['runs', 'history', 'cache'].map((name) => join(dir, '.runner', name));
  const programs = join(homedir(), '.cache', 'unified-test-runner', 'redis');
  if (existsSync(programs))
    cpSync(programs, join(cache, 'redis'), { recursive: true, verbatimSymlinks: true });
  const kinds = ['postgres', 'redis'].map((kind) => join(cache, kind));
  for (const path of [...own, ...kinds]) mkdirSync(path, { recursive: true });
  for (const path of [dir, join(dir, '.runner'), ...own, cache, ...kinds]) chmodSync(path, 0o1777);
  const run = (user: { uid?: number; gid?: number }) =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, [join(REPOSITORY, 'bin/runner.cjs'), '--suite', 'all'], {
        cwd: dir,
        env: { ...cleanEnvironment(), HOME: '/nonexistent', RUNNER_CACHE_DIR: cache },
        ...user,
      });
      child.once('error', reject);
      let out = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text) => {
          out += text;
        });
      }
      const warned = (): boolean => out.includes('warning');
      child.once('close', (code) =>
        resolve(`${code} ${out.trimEnd().split('\n').at(-1)}${warned() ? `\n${out}` : ''}`),
      );
    });
  const theirs = { uid: NOBODY, gid: NOBODY };
  const passed = '0 1 passed, 0 failed';
  if (process.getuid?.() === 0) {
    assert.deepEqual(await Promise.all([run({}), run({}), run(theirs)]), [passed, passed, passed]);
    // Each user's template is kept for the next run.
    assert.deepEqual(await Promise.all([run({}), run(theirs)]), [passed, passed]);
    const kept = readdirSync(join(cache, 'postgres')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(
      kept.map((name) => statSync(join(cache, 'postgres', name)).uid).sort((a, b) => a - b),
      [0, NOBODY],
    );
  } else {
    // Nobody but root can be somebody else: there is nothing to share with.
    await assert.rejects(run(theirs), { code: 'EPERM' });
    assert.deepEqual(await Promise.all([run({}), run({})]), [passed, passed]);
  }
});
