/** `--last-failed` and `--failed-first`: what failed before decides what is run, and when. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, type Ran, runner } from '../support/cli.ts';

const test = (body: string): string =>
  `import { test } from 'node:test';\nimport { existsSync } from 'node:fs';\n${body}\n`;
const GREEN = test("test('works', () => {});");
const TURNS = test("test('turns', () => { if (existsSync('red')) throw new Error('red'); });");
const BOTH = test(
  "test('one', () => { if (existsSync('red')) throw new Error('1'); });\ntest('two', () => { if (existsSync('red')) throw new Error('2'); });",
);

const REGISTRY = `version: 1
name: shop
defaults: { workers: 1 }
categories:
  smoke: { priority: critical, description: first of all }
  unit: { priority: medium, description: parts, floor: 3 }
  deep: { priority: low, description: behind unit, after: unit }
suites:
  smoke: { title: Smoke, category: smoke, files: "smoke/*.test.mjs" }
  unit: { title: Unit, category: unit, files: "unit/*.test.mjs" }
  deep: { title: Deep, category: deep, files: "deep/*.test.mjs" }
`;

const started = (ran: Ran): readonly string[] => ran.of('file.started').map(({ file }) => file);

it('--last-failed runs what failed and has not passed since; nothing failed is exit 4 with the reason', async () => {
  const dir = project({
    'runner.config.yaml': REGISTRY,
    'smoke/a.test.mjs': GREEN,
    'unit/both.test.mjs': BOTH,
    'unit/green.test.mjs': GREEN,
    'deep/turns.test.mjs': TURNS,
  });
  const planned = async (...args: string[]) => {
    const ran = await runner(dir, ['--dry-run', '--json', ...args]);
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout).categories.map(
      ({ name, floor, narrowed, files }: Record<string, never> & { files: Record<string, string>[] }) => [
        name,
        floor,
        narrowed,
        files.map(({ file, why }) => [file, ...(why ?? [])]),
      ],
    );
  };
  const fresh = await runner(dir, ['--last-failed']);
  assert.equal(fresh.code, 4);
  assert.match(fresh.stdout, /no test was selected\n {5}--last-failed: no run is recorded yet/);

  writeFileSync(join(dir, 'red'), '');
  const red = await runner(dir, ['--keep-going']);
  assert.equal(red.code, 100);
  const run = String(red.events[0]?.runId);
  const failed = `failed in ${run}`;
  assert.deepEqual(await planned('--last-failed'), [
    ['unit', null, '--last-failed', [['unit/both.test.mjs', failed]]],
    ['deep', null, '--last-failed', [['deep/turns.test.mjs', failed]]],
  ]);
  assert.deepEqual(await planned('--last-failed', '--category', 'deep'), [
    ['deep', null, '--last-failed', [['deep/turns.test.mjs', failed]]],
  ]);

  // A category with a failure comes before a more urgent one, and brings along what it comes after.
  assert.deepEqual(
    (await planned()).map(([name]: string[]) => name),
    ['smoke', 'unit', 'deep'],
  );
  const first = await runner(dir, ['--failed-first', '--shuffle', '3', '--keep-going']);
  assert.deepEqual(started(first), [
    'unit/both.test.mjs',
    'unit/green.test.mjs',
    'deep/turns.test.mjs',
    'smoke/a.test.mjs',
  ]);

  // One of the two failed tests passes: the other is outstanding all the same.
  rmSync(join(dir, 'red'));
  const one = await runner(dir, ['--last-failed', '--grep', '^one$']);
  assert.deepEqual([one.code, started(one)], [0, ['unit/both.test.mjs']], one.stdout);
  assert.deepEqual(
    (await planned('--last-failed')).map(([name]: string[]) => name),
    ['unit', 'deep'],
  );
  const two = await runner(dir, ['--last-failed', '--grep', '^two$']);
  assert.deepEqual([two.code, started(two)], [0, ['unit/both.test.mjs']], two.stdout);
  const last = await runner(dir, ['--last-failed']);
  assert.deepEqual([last.code, started(last)], [0, ['deep/turns.test.mjs']], last.stdout);

  const none = await runner(dir, ['--last-failed']);
  assert.equal(none.code, 4);
  assert.match(none.stdout, /--last-failed: no file failed when it was last run; leave it out/);
  assert.equal(none.lastLine, '0 passed, 0 failed');
});
