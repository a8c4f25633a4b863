/** Budgets of skipped tests on the real command line: over them the run is red, and every report says why. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, type Ran, registry, runner } from '../support/cli.ts';

const file = (...tests: readonly string[]): string =>
  `import { test } from 'node:test';\n${tests.join('\n')}\n`;
const PASSES = "test('passes', () => {});";

/** Five tests, two of them skipped or still to do, and one that a quarantine excuses. */
const files = {
  'a.test.mjs': file(PASSES, "test('later', { skip: 'waits for the new API' }, () => {});"),
  'b.test.mjs': file(PASSES, "test.todo('some day');"),
  'c.test.mjs': file(PASSES, "test('fails', () => { throw new Error('known'); });"),
};

const config = (defaults: string, category: string, suite: string, more = ''): string => `version: 1
name: fixture
defaults: { ${defaults} }
categories: { unit: { ${category} }, smoke: {} }
suites:
  some: { category: unit, files: [a.test.mjs, b.test.mjs], priority: P1, ${suite} }
  others: { category: smoke, files: c.test.mjs }
quarantine:
  "c.test.mjs > fails": { owner: somebody, reason: it is known, expires: 2099-01-01 }
${more}`;

const report = (dir: string, ran: Ran, name: string): string =>
  readFileSync(join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', name), 'utf8');

it('F4 more skipped tests than a run, a category or a suite may have fail the run, and every report names them', async () => {
  const gate = 'gate: { priorities: P1, skipped: 9 }\n';
  const dir = project({
    'runner.config.yaml': config('max_skipped: 33%', 'max_skipped: 2', 'max_skipped: 1', gate),
    ...files,
  });
  const ran = await runner(dir, ['--report', 'junit,ctrf,markdown,html']);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(ran.of('plan')[0]?.skips, [
    { scope: { kind: 'run' }, most: 33, of: 'percent', narrowed: null },
    { scope: { kind: 'category', name: 'unit' }, most: 2, of: 'tests', narrowed: null },
    { scope: { kind: 'suite', name: 'some' }, most: 1, of: 'tests', narrowed: null },
  ]);
  const run = 'the run: 2 of 6 tests skipped, at most 33 % allowed';
  const suite = 'suite some: 2 of 4 tests skipped, at most 1 allowed';
  const unit = 'category unit: 2 of 4 tests skipped, at most 2 allowed';
  assert.match(
    ran.stdout,
    new RegExp(` ✓ 1 skip budget held\n ✗ too many skipped: ${run}\n ✗ too many skipped: ${suite}\n`),
  );
  assert.match(ran.stdout, / {5}a\.test\.mjs {2}later: waits for the new API\n/);
  assert.equal(ran.lastLine, '3 passed, 0 failed, 3 skipped');
  const headline = `too many tests were skipped: ${run}; ${suite}`;
  assert.match(
    report(dir, ran, 'junit.xml'),
    new RegExp(`<error type="too-many-skipped" message="${headline}"`),
  );
  assert.match(
    report(dir, ran, 'junit.xml'),
    new RegExp(
      `<testsuite name="\\(skips\\)" tests="0"[^]*name="skipped of suite some" value="breached: ${suite}"`,
    ),
  );
  const markdown = report(dir, ran, 'summary.md');
  assert.ok(markdown.startsWith(`## ❌ ${headline}\n`), markdown);
  assert.ok(
    markdown.includes(`### Skip budgets (3)\n\n- ❌ ${run}\n- ✅ ${unit}\n- ❌ ${suite}\n`),
    markdown,
  );
  assert.ok(report(dir, ran, 'report.html').includes(`Too many tests were skipped: ${run}; ${suite}.`));
  const { results } = JSON.parse(report(dir, ran, 'ctrf.json'));
  assert.deepEqual(results.summary.extra.runner.skips[2], {
    kind: 'suite',
    scope: 'suite some',
    verdict: 'breached',
    skipped: 2,
    tests: 4,
    most: 1,
    of: 'tests',
    message: suite,
  });
  const annotations = await runner(dir, ['report', '--format', 'github=-']);
  assert.equal(annotations.code, 100);
  assert.match(
    annotations.stdout,
    new RegExp(`^::error title=Too many skipped%3A suite some::${suite}$`, 'm'),
  );
  const quiet = await runner(dir, ['report', '--quiet']);
  assert.match(quiet.stdout, new RegExp(` ✗ too many skipped: ${run}\n ✗ too many skipped: ${suite}\n`));

  const gated = await runner(dir, ['predeploy', '--env', 'test', '--record', 'record.json', '--keep-going']);
  assert.equal(gated.code, 102, gated.stdout);
  const { checks } = JSON.parse(readFileSync(join(dir, 'record.json'), 'utf8'));
  assert.deepEqual(
    checks.flatMap(({ id, state }: Record<string, string>) =>
      id?.startsWith('skip') ? [`${state} ${id}`] : [],
    ),
    ['held skipped', 'broken skips:the run', 'held skips:category unit', 'broken skips:suite some'],
  );
});

it('F4 --max-skipped is for the whole run, before a profile and the registry; nobody judges the share of a part', async () => {
  const profiles = 'profiles: { strict: { max_skipped: 1 } }\n';
  const dir = project({ 'runner.config.yaml': config('max_skipped: 0', '', '', profiles), ...files });
  const codeOf = async (...args: readonly string[]): Promise<number | null> =>
    (await runner(dir, [...args, '--quiet'])).code;
  assert.equal(await codeOf(), 100);
  assert.equal(await codeOf('--profile', 'strict'), 100);
  assert.equal(await codeOf('--profile', 'strict', '--max-skipped', '2'), 0);
  assert.equal(await codeOf('--max-skipped', '33.33%'), 100);
  assert.equal(await codeOf('--max-skipped', '33.34%'), 0);
  assert.equal(await codeOf('--category', 'unit', '--max-skipped', '49%'), 100);

  const part = await runner(dir, ['a.test.mjs', '--max-skipped', '10%']);
  assert.equal(part.code, 0, part.stdout);
  assert.match(
    part.stdout.replace(/\s+/g, ' '),
    /○ the skip budget of the run \(10 %\) is not judged: of category unit only 1 of 2 files were selected /,
  );
  assert.equal(await codeOf('a.test.mjs', '--max-skipped', '0'), 100);
});

it('F1: a budget that is none is exit 96, with its place', async () => {
  const dir = project({ 'runner.config.yaml': registry(), ...files });
  for (const wrong of ['-1', '101%', 'some', '2.5', '']) {
    const ran = await runner(dir, [`--max-skipped=${wrong}`]);
    assert.equal(ran.code, 96, wrong);
    assert.match(ran.stderr, /expected a whole number, or a share such as "2%"/);
  }
  const wrong = project({
    'runner.config.yaml': registry('defaults: { max_skipped: lots }\nprofiles: { ci: { max_skiped: 1 } }\n'),
    ...files,
  });
  const ran = await runner(wrong, []);
  assert.equal(ran.code, 96);
  assert.match(ran.stderr, /:7:\d+ [\s\S]*expected a whole number, or a share such as "2%"/);
  assert.match(ran.stderr, /did you mean "max_skipped"/);
});
