import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, type Ran, registry, runner } from '../support/cli.ts';

const header = "import { test, describe, it } from 'node:test';\nimport assert from 'node:assert/strict';\n";

const files = {
  'a.test.mjs': `${header}test('good', () => {});
describe('stock', () => { it('drifts', () => assert.equal(1, 2, 'off by one')); it('counts', () => {}); });`,
  'dies.test.mjs': `${header}test('dies', () => process.kill(process.pid, 'SIGKILL'));`,
  'mended.test.mjs': `${header}test('mended', () => {});`,
};

const entry = (expires: string): string => `{ owner: ana, reason: "SHOP-12", expires: ${expires} }`;

const config = (expires: string): string =>
  registry(`defaults: { retries: 1 }
quarantine:
  "a.test.mjs > stock > drifts": ${entry(expires)}
  dies.test.mjs: ${entry(expires)}
  "mended.test.mjs > mended": ${entry(expires)}
  "mended.test.mjs > renamed": ${entry(expires)}
`);

const report = (dir: string, ran: Ran, name: string): string =>
  readFileSync(join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', name), 'utf8');

describe('quarantine', () => {
  it('what it excuses is skipped with the failure and never retried; what passes or is gone is told; exit 0', async () => {
    const dir = project({ 'runner.config.yaml': config('2999-12-31'), ...files });
    const ran = await runner(dir, ['--report', 'junit,ctrf']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    // In the log each test has its own verdict: two of stock's failed, as node:test counts them.
    assert.deepEqual(
      ran
        .of('attempt.finished')
        .map(({ file, verdict }) => [file, verdict])
        .sort(),
      [
        ['a.test.mjs', 'failed'],
        ['dies.test.mjs', 'crashed'],
        ['mended.test.mjs', 'passed'],
      ],
    );
    assert.deepEqual(ran.of('file.retrying'), []);
    const { totals } = ran.of('run.finished')[0] ?? {};
    assert.deepEqual([totals?.passed, totals?.failed, totals?.skipped], [3, 0, 1]);
    assert.match(
      ran.stdout,
      /quarantine\n {5}a\.test\.mjs {2}stock > drifts: failed\n {7}until 2999-12-31, ana: SHOP-12/,
    );
    assert.match(ran.stdout, /dies\.test\.mjs: failed\n/);
    assert.match(ran.stdout, /mended\.test\.mjs {2}mended: passes: take it out of quarantine/);
    assert.match(
      ran.stdout,
      /mended\.test\.mjs {2}renamed: there is no such test: take it out of quarantine/,
    );
    assert.match(
      report(dir, ran, 'junit.xml'),
      /<skipped message="in quarantine until 2999-12-31 \(ana\); failed: off by one/,
    );
    const { summary, tests } = JSON.parse(report(dir, ran, 'ctrf.json')).results;
    assert.deepEqual([summary.failed, summary.passed], [0, 3]);
    assert.deepEqual(
      tests.flatMap(({ name, status }: { name: string; status: string }) =>
        name === 'drifts' ? [status] : [],
      ),
      ['skipped'],
    );
    assert.equal((await runner(dir, ['report'])).code, 0);
  });

  it('from the day that it ends on it excuses nothing, and says so', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const dir = project({ 'runner.config.yaml': config(today), ...files });
    const ran = await runner(dir, ['--retries', '0']);
    assert.equal(ran.code, 100, ran.stdout);
    assert.equal(ran.lastLine, '3 passed, 2 failed');
    assert.match(
      ran.stdout,
      new RegExp(`stock > drifts: failed, and its quarantine has ended\\n {7}ended ${today}, ana: SHOP-12`),
    );
    assert.match(ran.stdout, /dies\.test\.mjs: failed, and its quarantine has ended/);
  });

  it('nothing else in the file is excused, and what comes after the category runs only where all was', async () => {
    const dir = project({
      'runner.config.yaml': `version: 1
name: fixture
categories: { one: {}, two: { after: one } }
suites: { a: { category: one, files: a.test.mjs }, b: { category: two, files: b.test.mjs } }
quarantine: { "a.test.mjs > known": ${entry('2999-12-31')} }
`,
      'a.test.mjs': `${header}test('known', () => assert.fail());\ntest('new', () => { if (process.env.RED) assert.fail(); });`,
      'b.test.mjs': `${header}test('b', () => {});`,
    });
    const green = await runner(dir, []);
    assert.equal(green.code, 0, green.stdout);
    assert.equal(green.lastLine, '2 passed, 0 failed, 1 skipped');
    const red = await runner(dir, [], { env: { RED: '1' } });
    assert.equal(red.code, 100);
    assert.equal(red.lastLine, '0 passed, 1 failed, 1 skipped');
    assert.deepEqual(
      red.of('file.not-run').map(({ file, reason }) => [file, reason]),
      [['b.test.mjs', 'category one failed']],
    );
  });

  it('F1: an entry without an owner, a day of the calendar or a file that a suite claims is exit 96', async () => {
    const dir = project({
      'runner.config.yaml': registry(
        'quarantine:\n  a.test.mjs: { reason: x, expires: 2026-02-30 }\n  b.test.mjs: { owner: o, reason: x, expires: soon }',
      ),
      'a.test.mjs': files['mended.test.mjs'],
    });
    const wrong = await runner(dir, []);
    assert.equal(wrong.code, 96);
    assert.match(wrong.stderr, /owner/);
    assert.match(wrong.stderr, /a day of the calendar/);
    assert.match(wrong.stderr, /a date such as 2026-12-31/);
    const lost = await runner(
      project({
        'runner.config.yaml': registry(`quarantine: { a.tset.mjs: ${entry('2999-12-31')} }`),
        'a.test.mjs': files['mended.test.mjs'],
      }),
      [],
    );
    assert.equal(lost.code, 96);
    assert.match(
      lost.stderr,
      /no suite claims "a\.tset\.mjs", which is in quarantine[\s\S]*did you mean "a\.test\.mjs"/,
    );
  });
});
