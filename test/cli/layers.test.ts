/** Layers: what they select and in which order, and what their bars decide. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { project, runner, verdicts } from '../support/cli.ts';

const green = (...titles: readonly string[]): string =>
  `import { test } from 'node:test';\n${titles.map((title) => `test('${title}', () => {});`).join('\n')}\n`;

const files = {
  'runner.config.yaml': `version: 1
name: layers
defaults: { workers: 2 }
categories:
  smoke: { priority: critical, description: s }
  unit: { priority: high, description: u }
  api: { priority: medium, description: a, after: unit }
  slow: { priority: low, description: l }
suites:
  smoke: { category: smoke, files: smoke/*.test.mjs }
  unit: { category: unit, files: unit/*.test.mjs }
  api: { category: api, files: api/*.test.mjs }
  slow: { category: slow, files: slow/*.test.mjs }
layers:
  fast_feedback: { description: first, categories: [smoke, unit], within: 10m, pass: 60% }
  core: { categories: api, after: fast_feedback }
  heavy: { categories: slow, after: core, within: 1ms, memory: 1MB }
profiles:
  commit: { layers: [fast_feedback, core] }
`,
  'smoke/s.test.mjs': green('starts'),
  'unit/u.test.mjs': `${green('one', 'two')}test('fails', () => { throw new Error('no'); });\n`,
  'api/a.test.mjs': green('answers'),
  'slow/l.test.mjs': `${green()}test('takes time', () => new Promise((resolve) => setTimeout(resolve, 600)));\n`,
};

it('failures within the bar of a layer do not fail the run, and are shown; without the layer they do', async () => {
  const dir = project(files);
  const commit = await runner(dir, ['--profile', 'commit']);
  assert.equal(commit.code, 0, commit.stdout + commit.stderr);
  assert.deepEqual(verdicts(commit), {
    'smoke/s.test.mjs': 'passed',
    'unit/u.test.mjs': 'failed',
    'api/a.test.mjs': 'passed',
  });
  assert.match(commit.stdout, /✗ unit\/u\.test\.mjs:4 {2}fails\n/);
  assert.match(
    commit.stdout,
    / ! 1 failure within the bar of layer fast_feedback \(60 %\): it passed 75 %; it does not fail the run\n/,
  );
  assert.match(commit.stdout, / fast_feedback +2 +3 +1 +75 % +≥ 60 % +[\d.]+ m?s +≤ 10 m 00 s/);
  assert.equal(commit.lastLine, '4 passed, 1 failed');
  const report = await runner(dir, ['report', '--quiet']);
  assert.deepEqual([report.code, report.lastLine], [0, '4 passed, 1 failed']);
  assert.match(report.stdout, /1 failure within the bar of layer fast_feedback/);

  const plain = await runner(dir, []);
  assert.equal(plain.code, 100, plain.stdout);
  assert.deepEqual(
    plain.of('file.not-run').map(({ file, reason }) => [file, reason]),
    [
      ['api/a.test.mjs', 'category unit failed'],
      ['slow/l.test.mjs', 'category api did not run'],
    ],
  );

  const part = await runner(dir, ['--layer', 'fast_feedback', '--grep', 'one|two|fails']);
  assert.equal(part.code, 100, part.stdout);
  assert.match(
    part.stdout,
    /layer fast_feedback is not whole \(--grep one\|two\|fails\): every failure fails/,
  );
});

it('a layer that takes too long or too much memory is red though its tests pass; an unknown one is 96', async () => {
  const dir = project(files);
  const heavy = await runner(dir, ['--layer', 'heavy']);
  assert.equal(heavy.code, 100, heavy.stdout + heavy.stderr);
  assert.deepEqual(verdicts(heavy), { 'slow/l.test.mjs': 'passed' });
  assert.match(heavy.stdout, / ✗ layer heavy took [\d.]+ m?s, its bar is 1 ms\n/);
  assert.match(heavy.stdout, / ✗ layer heavy took \d+ MB of memory, its bar is 1 MB\n/);
  assert.equal(heavy.lastLine, '1 passed, 0 failed');

  const wrong = await runner(dir, ['--layer', 'fast-feedback']);
  assert.deepEqual([wrong.code, wrong.stdout], [96, '']);
  assert.match(wrong.stderr, /unknown layer "fast-feedback"[\s\S]*did you mean "fast_feedback"\?/);
  const listed = await runner(dir, ['list', '--layer', 'core']);
  assert.match(listed.stdout, / fast_feedback +smoke, unit +within 10m, pass 60% +first\n/);
  assert.match(listed.stdout, / heavy +slow +core +within 1ms, memory 1 MB\n/);
  assert.doesNotMatch(listed.stdout, /unit\/u\.test\.mjs/);
});
