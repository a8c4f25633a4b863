/** `--profile`: the settings of a run by name, and the flags that come before them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner, verdicts } from '../support/cli.ts';

const files = {
  'runner.config.yaml': `version: 1
name: profiles
categories:
  unit: { priority: high, description: quick ones }
  slow: { priority: low, description: the others }
suites:
  quick: { category: unit, files: quick/*.test.mjs, retries: 0 }
  slow: { category: slow, files: slow/*.test.mjs }
profiles:
  base: { description: for each commit, retries: 1, flaky: fail, categories: unit, workers: 3, fail_fast: file }
  ci: { extends: base, workers: 2, shuffle: 7, reports: junit=out/junit.xml, idle_timeout: 50s }
`,
  'quick/flaky.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('passes the second time', () => assert.notEqual(process.env.RUNNER_ATTEMPT, '1'));`,
  'slow/red.test.mjs': "import { test } from 'node:test';\ntest('fails', () => { throw new Error('no'); });",
  'slow/second.test.mjs': "import { test } from 'node:test';\ntest('passes', () => {});",
};

it('F21 --profile takes its settings and what it extends; a flag comes before it, the registry after', async () => {
  const dir = project(files);
  const ci = await runner(dir, ['--profile', 'ci']);
  assert.equal(ci.code, 100, ci.stdout + ci.stderr);
  assert.deepEqual(verdicts(ci), { 'quick/flaky.test.mjs': 'flaky' });
  const [plan] = ci.of('plan');
  assert.deepEqual([plan?.profile, plan?.workers, plan?.shuffle, plan?.failOnFlaky], ['ci', 2, 7, true]);
  assert.match(ci.stdout, /^ runner {2}unit · profile ci · env test · 2 workers · 1 file · --shuffle 7$/m);
  assert.ok(existsSync(join(dir, 'out', 'junit.xml')));

  // What was typed comes first: another selection, no retry, one worker, and to the end.
  const typed = ['--category', 'slow', '--retries', '0', '--workers', '1', '--keep-going'];
  const slow = await runner(dir, ['--profile', 'ci', ...typed]);
  assert.equal(slow.code, 100, slow.stdout);
  assert.deepEqual(verdicts(slow), { 'slow/red.test.mjs': 'failed', 'slow/second.test.mjs': 'passed' });
  assert.deepEqual([slow.of('plan')[0]?.workers, slow.of('file.retrying')], [1, []]);
});

it('F1 a profile that does not exist is 96 with the nearest; runner list and --dry-run say what each sets', async () => {
  const dir = project(files);
  const wrong = await runner(dir, ['--profile', 'cii']);
  assert.deepEqual([wrong.code, wrong.stdout], [96, '']);
  assert.match(wrong.stderr, /unknown profile "cii"[\s\S]*did you mean "ci"\?[\s\S]*there are: base, ci/);

  const listed = await runner(dir, ['list', '--json']);
  const base = { retries: 1, flaky: 'fail', categories: ['unit'], fail_fast: 'file' };
  assert.deepEqual(JSON.parse(listed.stdout).profiles, [
    { name: 'base', description: 'for each commit', settings: { ...base, workers: 3 } },
    {
      name: 'ci',
      description: '',
      settings: { ...base, workers: 2, shuffle: 7, reports: ['junit=out/junit.xml'], idle_timeout: '50s' },
    },
  ]);
  const dry = JSON.parse((await runner(dir, ['--profile', 'base', '--dry-run', '--json'])).stdout);
  assert.deepEqual([dry.profile, dry.workers, dry.totals.files], ['base', 3, 1]);
});
