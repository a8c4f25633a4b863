/** `--time-budget`: held against a model that is made from the times and verdicts of the recorded runs. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, registry, runner } from '../support/cli.ts';

const GREEN = "import { test } from 'node:test';\ntest('works', () => {});\n";
const TURNS =
  "import { test } from 'node:test';\nimport { existsSync } from 'node:fs';\ntest('turns', () => { if (existsSync('red')) throw new Error('red'); });\n";

interface Listed {
  readonly file: string;
  readonly usual: number;
  readonly why: readonly string[];
}

it('--time-budget keeps what is most likely red for its time, says what it leaves out, and needs a history', async () => {
  const dir = project({
    'runner.config.yaml': registry('defaults: { workers: 1 }').replace(
      'description: everything',
      'description: everything, floor: 3',
    ),
    'a.test.mjs': GREEN,
    'b.test.mjs': TURNS,
    'c.test.mjs': GREEN,
  });
  const bare = await runner(dir, ['--time-budget', '1m']);
  assert.deepEqual([bare.code, bare.stdout], [96, '']);
  assert.match(bare.stderr, /--time-budget goes by the times of earlier runs, and none is recorded/);

  assert.equal((await runner(dir, [])).code, 0);
  writeFileSync(join(dir, 'red'), '');
  assert.equal((await runner(dir, [])).code, 100);
  rmSync(join(dir, 'red'));
  const listed = async (...args: string[]): Promise<readonly Listed[]> => {
    const ran = await runner(dir, ['--dry-run', '--json', ...args]);
    return JSON.parse(ran.stdout).categories.flatMap(({ files }: { files: Listed[] }) => files);
  };
  const all = await listed();
  // Two runs each: (1 + 1/2) / 3 for the one that was red, (0 + 1/2) / 3 for the others.
  const odds = (file: string): number => (file === 'b.test.mjs' ? 0.5 : 1 / 6);
  const ranked = [...all].sort((x, y) => odds(y.file) / y.usual - odds(x.file) / x.usual);
  const [first, second, third] = ranked as [Listed, Listed, Listed];
  const budget = Math.ceil(first.usual + second.usual + third.usual / 2);
  const some = await listed('--time-budget', `${budget}ms`);
  assert.deepEqual(some.map(({ file }) => file).sort(), [first.file, second.file].sort());
  assert.deepEqual(some.find(({ file }) => file === 'b.test.mjs')?.why ?? ['red with odds of 50 %'], [
    'red with odds of 50 %',
  ]);
  assert.equal((await listed('--time-budget', '10m')).length, 3);

  const ran = await runner(dir, ['--time-budget', `${budget}ms`]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(
    ran
      .of('attempt.finished')
      .map(({ file }) => file)
      .sort(),
    [first.file, second.file].sort(),
  );
  assert.match(
    ran.stdout,
    /not selected\n {5}all \(1 file\): beyond --time-budget [\d.]+m?s; add a longer --time-budget\n/,
  );
  assert.equal(ran.of('plan')[0]?.categories[0]?.floor, null);
  const none = await runner(dir, ['--time-budget', '1ms']);
  assert.equal(none.code, 4);
  assert.match(none.stdout, /no test was selected\n {5}all \(3 files\): beyond --time-budget 1ms/);
});
