import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { project, REPOSITORY, registry, runner } from '../support/cli.ts';

test('the command line starts, runs one test, and says so', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': "import { test } from 'node:test';\ntest('x', () => {});\n",
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '1 passed, 0 failed');
});

test('and goes red when that test fails', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': "import { test } from 'node:test';\ntest('x', () => { throw new Error('no'); });\n",
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100);
  assert.equal(ran.lastLine, '0 passed, 1 failed');
});

test('by each name that it has, or had and npx may still have a link to', async () => {
  const names = readdirSync(join(REPOSITORY, 'bin')).sort();
  assert.deepEqual(names, ['runner.cjs', 'runner.mjs']);
  for (const name of names) {
    const { stdout } = await execa(join(REPOSITORY, 'bin', name), ['--version']);
    assert.match(stdout, /^\d+\.\d+\.\d+$/, name);
  }
});
