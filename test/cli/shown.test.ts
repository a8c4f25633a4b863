import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, registry, runner } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";
const files = {
  'runner.config.yaml': registry(),
  'a.test.mjs': `${header}test('good', () => {});\ntest('bad', () => assert.equal(1, 2));\ntest('later', { skip: 'soon' }, () => {});`,
  'b.test.mjs': `${header}for (let n = 0; n < 25; n += 1) test('skip ' + n, { skip: 'many' }, () => {});\ntest('fine', () => {});`,
};

describe('what a run shows of itself', () => {
  it('--progress json: nothing but the events on standard output, those of the log, as they are there', async () => {
    const dir = project(files);
    const ran = await runner(dir, ['--progress', 'json', '--report', 'markdown']);
    assert.equal(ran.code, 100, ran.stderr);
    const log = join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', 'events.ndjson');
    assert.equal(ran.stdout, readFileSync(log, 'utf8'));
    assert.deepEqual(
      ran.events.slice(-2).map(({ kind }) => kind),
      ['run.finished', 'report.written'],
    );
    assert.equal(ran.stderr, '');

    const nothing = await runner(dir, ['--progress', 'json', 'a.test.mjs', '--grep', 'no such test']);
    assert.deepEqual([nothing.code, nothing.stdout], [4, '']);
    assert.match(nothing.stderr, /no test was selected/);
    for (const [args, words] of [
      [['--report', 'github'], /standard output is the run's own/],
      [['--quiet'], /--quiet can't change that/],
      [['--verbose'], /--verbose can't change that/],
    ] as const) {
      const refused = await runner(dir, ['--progress', 'json', ...args]);
      assert.deepEqual([refused.code, refused.stdout], [96, '']);
      assert.match(refused.stderr, words);
    }
  });

  it('--quiet: what is wrong and the counts; --verbose: each test and every list whole', async () => {
    const dir = project(files);
    const quiet = await runner(dir, ['--quiet']);
    assert.equal(quiet.code, 100);
    assert.match(
      quiet.stdout,
      /^\n ✗ a\.test\.mjs:4 {2}bad\n[\s\S]*\n\n log {2}\.runner\/runs\/[^\n]+\n\n2 passed, 1 failed, 26 skipped\n$/,
    );
    for (const left of [' Category', '○ skipped', 'b.test.mjs'])
      assert.ok(!quiet.stdout.includes(left), left);

    const normal = await runner(dir, []);
    assert.match(normal.stdout, /^ runner {2}unit[\s\S]* ✗ a\.test\.mjs {2}2 tests[\s\S]* Category/);
    assert.ok(!normal.stdout.includes('skip 24'));
    assert.ok(!/ ✓ a\.test\.mjs {2}good/.test(normal.stdout));

    const verbose = await runner(dir, ['--verbose', '--workers', '1']);
    assert.match(verbose.stdout, /^ {3}✓ a\.test\.mjs {2}good {2}\d+ ms$/m);
    assert.match(verbose.stdout, /^ {3}✗ a\.test\.mjs {2}bad {2}\d+ ms$/m);
    assert.match(verbose.stdout, /^ {3}○ a\.test\.mjs {2}later {2}skipped: soon, \d+ ms$/m);
    assert.match(verbose.stdout, /^ {5}b\.test\.mjs {2}skip 24: many$/m);
    assert.equal((await runner(dir, ['--quiet', '--verbose'])).code, 96);

    const again = await runner(dir, ['report', quiet.events[0]?.runId ?? '', '--quiet']);
    assert.equal(quiet.stdout, `\n${again.stdout}`);
  });

  it('--progress none shows the end alone, simple a line a file, rich a panel that is taken away again', async () => {
    const dir = project(files);
    const none = await runner(dir, ['--progress', 'none', 'b.test.mjs']);
    assert.match(none.stdout, /^\n Category/);
    const simple = await runner(dir, ['--progress', 'simple', '--quiet', 'b.test.mjs']);
    assert.match(simple.stdout, /^ runner {2}unit[^\n]*\n ✓ b\.test\.mjs {2}1 test, [^\n]*\n\n log/);
    const rich = await runner(dir, ['--progress', 'rich', 'b.test.mjs']);
    assert.match(rich.stdout, /\u001b\[/);
    assert.match(rich.stdout, /0\/1 files/);
    for (const ran of [none, simple, rich])
      assert.deepEqual([ran.code, ran.lastLine], [0, '1 passed, 0 failed, 25 skipped']);
    assert.equal((await runner(dir, ['--progress', 'loud'])).code, 96);
  });
});
