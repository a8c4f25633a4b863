import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { cleanEnvironment, eventIn, project, REPOSITORY, registry, runner } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";

it('F23: a reader that goes away in mid-run ends the words, not the run, and changes no code', async () => {
  const dir = project({
    'runner.config.yaml': registry('defaults: { workers: 1 }'),
    'a.test.mjs': `${header}import { existsSync } from 'node:fs';
test('waits', async () => { while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5)); });
test('fails', () => assert.equal(1, 2));`,
    'b.test.mjs': `${header}test('after', () => {});`,
  });
  const ran = await runner(dir, ['--verbose'], {
    meanwhile: async (child) => {
      await eventIn(dir, ({ kind }) => kind === 'test.started');
      child.stdout?.destroy();
      child.stderr?.destroy();
      writeFileSync(join(dir, 'go'), '');
    },
  });
  assert.equal(ran.code, 100);
  assert.deepEqual(
    ran.of('run.finished').map(({ exitCode, totals }) => [exitCode, totals.passed, totals.failed]),
    [[100, 2, 1]],
  );
});

it('F23: without standard streams at all, and in a terminal that knows ASCII only, it runs as ever', () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': `${header}test('fails', () => assert.equal(1, 2));`,
  });
  const command = [process.execPath, join(REPOSITORY, 'bin/runner.cjs')];
  const shell = (script: string, env: NodeJS.ProcessEnv = {}) =>
    spawnSync('sh', ['-c', script, ...command], { cwd: dir, env: { ...cleanEnvironment(), ...env } });
  assert.equal(shell('exec "$0" "$1" <&- >&- 2>&-').status, 100);
  const plain = shell('exec "$0" "$1"', { TERM: 'dumb', LANG: 'C', LC_ALL: 'C' });
  assert.equal(plain.status, 100);
  assert.match(plain.stdout.toString('latin1'), /^[\n\x20-\x7e]*0 passed, 1 failed\n$/);
});

it('F27: it says all that the bare framework says of a failure, and besides where, the line, and how to run it again', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': `${header}console.log('said at load');
test('one process', () => console.log('parent ' + process.ppid));
test('compares', () => {
  assert.deepEqual({ kept: 1, changed: 'before' }, { kept: 1, changed: 'after' });
});`,
  });
  const ran = await runner(dir, []);
  const bare = spawnSync(process.execPath, ['--test', '--test-reporter=spec', 'a.test.mjs'], {
    cwd: dir,
    env: cleanEnvironment(),
    encoding: 'utf8',
  });
  assert.equal(bare.status, 1);
  const failure = bare.stdout.slice(bare.stdout.indexOf('failing tests:'));
  const told = (failure.match(/^ +[+-] .*$/gm) ?? []).map((line) => line.trim());
  assert.equal(told.length >= 2, true, failure);
  for (const words of [...told, 'Expected values to be strictly deep-equal', 'said at load'])
    assert.ok(ran.stdout.includes(words), words);
  assert.match(ran.stdout, /✗ a\.test\.mjs:6 {2}compares/);
  assert.match(ran.stdout, /> 6 \| {3}assert\.deepEqual/);
  assert.match(ran.stdout, /again: runner a\.test\.mjs:5/);
  // No interpreter stands between the runner and the file.
  assert.match(ran.stdout, new RegExp(`parent ${ran.of('run.started')[0]?.pid}\\b`));
});
