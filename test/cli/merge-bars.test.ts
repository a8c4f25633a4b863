/** Bars over the shards of a run: merged they are judged as one run would be, with its exit code. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { project, type Ran, runner } from '../support/cli.ts';

const file = (...tests: readonly string[]): string =>
  `import { test } from 'node:test';\n${tests.join('\n')}\n`;
const SLOW = "test('waits', () => new Promise((done) => setTimeout(done, 30)));";
const PASSES = "test('passes', () => {});";
const SKIPPED = "test.skip('later', () => {});";

interface Whole {
  readonly one: Ran;
  readonly shards: readonly [Ran, Ran];
  readonly merged: Ran;
}

/** The same as one run, as two shards, and the shards merged. */
async function inAllWays(dir: string, ...args: readonly string[]): Promise<Whole> {
  const shard = (part: string): Promise<Ran> => runner(dir, ['--shard', part, ...args]);
  const shards = [await shard('1/2'), await shard('2/2')] as const;
  const merged = await runner(dir, ['merge', ...shards.map((ran) => ran.events[0]?.runId ?? '')]);
  return { shards, merged, one: await runner(dir, [...args]) };
}

/** Headline and promises of a report in Markdown, without their figures of times. */
const promises = ({ stdout }: Ran): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => /^(## |- (✅|❌|⚪) )/.test(line))
    .map((line) => line.replace(/\d+(\.\d+)? m?s/g, 'so long'));

it('a budget and an SLA that no shard can judge alone fail the merge as they fail one run', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
defaults: { workers: 1, sla: fail, max_skipped: 24% }
categories: { unit: { sla: { duration: 1h } } }
suites: { all: { category: unit, files: "*.test.mjs", sla: { p95: 1ms } } }
sla: { b.test.mjs: { duration: 1h } }
`,
    'a.test.mjs': file(SLOW, PASSES),
    'b.test.mjs': file(PASSES, SKIPPED),
  });
  const { one, shards, merged } = await inAllWays(dir);
  assert.deepEqual(
    [...shards.map(({ code }) => code), merged.code, one.code],
    [0, 0, 100, 100],
    merged.stdout,
  );
  const format = ['--format', 'markdown=-'];
  const ids = shards.map((ran) => ran.events[0]?.runId ?? '');
  const told = promises(await runner(dir, ['merge', ...ids, ...format]));
  assert.deepEqual(told, promises(await runner(dir, ['report', ...format])));
  const skips = 'the run: 1 of 4 tests skipped, at most 24 % allowed';
  const p95 = 'suite all has a p95 of so long over its tests, at most so long are allowed';
  assert.deepEqual(told, [
    `## ❌ too many tests were skipped: ${skips}`,
    `- ❌ ${skips}`,
    `- ❌ ${p95}`,
    '- ✅ category unit took so long, at most 60 m so long are allowed',
    '- ✅ b.test.mjs took so long, at most 60 m so long are allowed',
  ]);
  for (const { stdout } of shards) assert.match(stdout, /not judged: other shards have the rest of it/);
  assert.equal(merged.lastLine, '3 passed, 0 failed, 1 skipped');
});

it('failures within the bar of a layer, and a shard of which nothing ran, do not fail the merge', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
defaults: { workers: 1 }
suites: { all: { category: unit, files: "*.test.mjs" } }
layers: { fast: { categories: unit, pass: 60% } }
`,
    'a.test.mjs': file(PASSES, "test('more', () => {});", "test('fails', () => { throw new Error('no'); });"),
    'b.test.mjs': file(SKIPPED),
  });
  const { one, shards, merged } = await inAllWays(dir, '--layer', 'fast');
  assert.deepEqual(
    [...shards.map(({ code }) => code).sort(), merged.code, one.code],
    [100, 4, 0, 0],
    merged.stdout,
  );
  const said =
    / 1 failure within the bar of layer fast \(60 %\): it passed 66\.6 %; it does not fail the run\n/;
  assert.match(merged.stdout, said);
  assert.match(one.stdout, said);
});
