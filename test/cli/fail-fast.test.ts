import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, type Ran, type RunOptions, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";
const good = `${header}test('good', () => {});`;
const bad = `${header}test('bad', () => assert.fail('no'));\ntest('worse', () => assert.fail('no'));`;

/** One worker, so that the order is the plan's: a (red), b, c (red), d of `one`; e of `two`; f after `one`. */
const files = {
  'runner.config.yaml': `version: 1
name: fixture
defaults: { workers: 1 }
categories:
  one: { priority: high }
  two: { priority: critical, after: zero }
  zero: { priority: low, after: one }
suites:
  one: { category: one, files: one/* }
  two: { category: two, files: two/* }
  zero: { category: zero, files: zero/* }
`,
  'one/a.test.mjs': bad,
  'one/b.test.mjs': good,
  'one/c.test.mjs': bad,
  'one/d.test.mjs': good,
  'two/e.test.mjs': good,
  'zero/f.test.mjs': good,
};

const reasons = (ran: Ran): Record<string, string> =>
  Object.fromEntries(ran.of('file.not-run').map(({ file, reason }) => [file, reason]));

const ALL = [
  'one/a.test.mjs',
  'one/b.test.mjs',
  'one/c.test.mjs',
  'one/d.test.mjs',
  'two/e.test.mjs',
  'zero/f.test.mjs',
];

const allBut = (reason: string, ...ran: readonly string[]): Record<string, string> =>
  Object.fromEntries(ALL.filter((file) => !ran.includes(file)).map((file) => [file, reason]));

/** Without a history: what failed last would come first. */
function inOrder(dir: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  rmSync(join(dir, '.runner', 'history'), { recursive: true, force: true });
  return runner(dir, args, options);
}

describe('fail-fast', () => {
  const dir = project(files);

  it('by default only what comes after a failed category is left out; none, and --keep-going, leave out nothing', async () => {
    const ran = await inOrder(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(reasons(ran), {
      'two/e.test.mjs': 'category zero did not run',
      'zero/f.test.mjs': 'category one failed',
    });
    for (const flags of [['--fail-fast', 'none'], ['--keep-going']]) {
      const all = await inOrder(dir, flags);
      assert.deepEqual(reasons(all), {}, flags.join(' '));
      assert.equal(all.lastLine, '4 passed, 4 failed');
    }
  });

  it('file: nothing begins after a red file, every file says why, exit 100', async () => {
    const ran = await inOrder(dir, ['--fail-fast']);
    assert.equal(ran.code, 100, ran.stdout);
    assert.equal(ran.lastLine, '0 passed, 2 failed');
    assert.deepEqual(reasons(ran), allBut('--fail-fast file: one/a.test.mjs failed', 'one/a.test.mjs'));
    assert.match(ran.stdout, /not run\n {5}5 files: --fail-fast file: one\/a\.test\.mjs failed/);
  });

  it('category: nothing more of its category; --max-failures: nothing after so many', async () => {
    const category = await inOrder(dir, ['--fail-fast', 'category', '--category', 'one']);
    const why = '--fail-fast category: one/a.test.mjs failed';
    assert.deepEqual(reasons(category), {
      'one/b.test.mjs': why,
      'one/c.test.mjs': why,
      'one/d.test.mjs': why,
    });
    const most = await inOrder(dir, ['--max-failures', '3']);
    assert.deepEqual(
      reasons(most),
      allBut('--max-failures 3: there were 4', 'one/a.test.mjs', 'one/b.test.mjs', 'one/c.test.mjs'),
    );
    assert.equal(most.code, 100);
    assert.equal((await inOrder(dir, ['--max-failures', '0'])).code, 96);
  });

  it('threshold: nothing once more than that share of the files is red; critical: only for what is critical', async () => {
    const third = '--fail-fast threshold: 2 of 6 files failed, more than 20%';
    const share = await inOrder(dir, ['--fail-fast', 'threshold=20%']);
    assert.deepEqual(reasons(share), allBut(third, 'one/a.test.mjs', 'one/b.test.mjs', 'one/c.test.mjs'));
    const critical = await inOrder(dir, ['--fail-fast', 'critical']);
    assert.equal(verdicts(critical)['one/d.test.mjs'], 'passed');
    assert.equal(reasons(critical)['zero/f.test.mjs'], 'category one failed');
    const grave = project({
      'runner.config.yaml': `version: 1
name: fixture
defaults: { workers: 1, fail_fast: critical }
suites:
  grave: { category: one, files: a*, priority: P0 }
  light: { category: one, files: b* }
`,
      'a.test.mjs': bad,
      'b.test.mjs': good,
    });
    assert.deepEqual(reasons(await inOrder(grave, [])), {
      'b.test.mjs': '--fail-fast critical: a.test.mjs failed, and grave is P0',
    });
    const wrong = await inOrder(dir, ['--fail-fast', 'threshold=0%']);
    assert.equal(wrong.code, 96);
    assert.match(wrong.stderr, /expected one of: none, dependency, first-test/);
  });

  it('first-test: ends what runs at once, but not for a failure that is in quarantine or runs again', async () => {
    const waits = (when: string): string => `import { setTimeout as sleep } from 'node:timers/promises';
test('waits for ever', async () => { while (${when}) await sleep(10); });`;
    const both = project({
      'runner.config.yaml': `version: 1
name: fixture
defaults: { workers: 2 }
suites: { all: { category: one, files: "*.test.mjs" } }
quarantine: { "b.test.mjs > known": { owner: ana, reason: x, expires: 2999-01-01 } }
`,
      'a.test.mjs': `${header}${waits('true')}`,
      'b.test.mjs': `${header}test('known', () => assert.fail('known'));
test('bad', () => assert.fail('no'));
${waits('process.env.RUNNER_ATTEMPT === process.env.LAST')}`,
      'c.test.mjs': good,
    });
    for (const retries of [0, 1]) {
      const ran = await inOrder(both, ['--fail-fast', 'first-test', '--retries', String(retries)], {
        env: { LAST: String(retries + 1) },
      });
      assert.equal(ran.code, 100, ran.stdout);
      assert.deepEqual(verdicts(ran), {
        'a.test.mjs': 'not-run',
        'b.test.mjs': 'failed',
        'c.test.mjs': 'not-run',
      });
      assert.equal(ran.of('file.retrying').length, retries);
      assert.equal(ran.lastLine, '0 passed, 1 failed, 1 skipped');
      assert.match(ran.stdout, /--fail-fast first-test: a test of b\.test\.mjs failed/);
    }
  });

  it('more than ten files at once listen for the end of the run, without a warning of Node', async () => {
    const twelve = Array.from({ length: 12 }, (_, at) => `f${at}.test.mjs`);
    const test = `${header}import { readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
test('waits for the others', async () => {
  writeFileSync(\`here-\${process.env.RUNNER_ATTEMPT_ID}\`, '');
  while (readdirSync('.').filter((name) => name.startsWith('here-')).length < 12) await sleep(20);
});`;
    const many = project({
      'runner.config.yaml': `version: 1
name: fixture
suites: { all: { category: one, files: "*.test.mjs" } }
`,
      ...Object.fromEntries(twelve.map((name) => [name, test])),
    });
    const ran = await inOrder(many, ['--workers', '12']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.equal(ran.stderr, '');
    assert.equal(ran.lastLine, '12 passed, 0 failed');
  });
});
