/** Shards of one plan and their merge, against the same files in one run: the real command line, the real reports. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const test = (body: string): string => `import { test } from 'node:test';\n${body}\n`;
const GREEN = test("test('one', () => {});\ntest('two', () => {});");
const REGISTRY = `version: 1
name: shards
categories:
  unit: { priority: high, description: everything, floor: 9 }
suites:
  all: { category: unit, files: "*.test.mjs" }
incidents:
  i-1: { symptom: s, cause: c, guards: ["a.test.mjs > one", "b.test.mjs > one"] }
`;
/** A record as another machine's: what each file took. */
const record = (times: Readonly<Record<string, number>>): string => {
  const files = Object.keys(times);
  const zeros = files.map(() => 0);
  return `${JSON.stringify({
    v: 1,
    kind: 'files',
    run: '20260101-000000-abcd',
    at: '2026-01-01T00:00:00.000Z',
    commit: null,
    config: 'c'.repeat(64),
    machine: { host: 'other', platform: 'linux-x64', cores: 2 },
    env: 'test',
    workers: 1,
    args: [],
    ms: 2100,
    exitCode: 0,
    interrupted: false,
    planned: files.length,
    categories: ['unit'],
    suites: ['all'],
    files,
    category: zeros,
    suite: zeros,
    times: Object.values(times),
    verdicts: 'p'.repeat(files.length),
    attempts: files.map(() => 1),
    hashes: files.map(() => ''),
    parts: [],
  })}\n`;
};

interface Ctrf {
  readonly results: {
    readonly tests: readonly { name: string; filePath?: string; status: string; rawStatus?: string }[];
  };
}
const told = (text: string): readonly string[] =>
  (JSON.parse(text) as Ctrf).results.tests
    .map(({ name, filePath, status, rawStatus }) => `${filePath} ${name} ${status} ${rawStatus}`)
    .sort();

it('--shard 1/2, 2/2 and merge give the verdicts of one run, balanced by time; a lost, doubled or foreign shard is 106', async () => {
  const dir = project({
    'runner.config.yaml': REGISTRY,
    'a.test.mjs': GREEN,
    'b.test.mjs': GREEN,
    'c.test.mjs': test("test('fails', () => { throw new Error('no'); });"),
    'd.test.mjs': test("test.skip('later', () => {});\ntest('now', () => {});"),
    'e.test.mjs': test(
      "import { writeFileSync } from 'node:fs';\ntest('sees its shard', () => writeFileSync('seen', `${process.env.TEST_SHARD_INDEX} of ${process.env.TEST_TOTAL_SHARDS}`));",
    ),
    'f.test.mjs': GREEN,
    '.runner/history/other.ndjson': record({
      'a.test.mjs': 600,
      'b.test.mjs': 500,
      'c.test.mjs': 400,
      'd.test.mjs': 300,
      'e.test.mjs': 200,
      'f.test.mjs': 100,
    }),
  });
  // 600 | 500; 400 joins 500, 300 joins 600, at 900 to 900 the first one takes 200, the second 100.
  const one = await runner(dir, ['--shard', '1/2']);
  const two = await runner(dir, ['--shard', '2/2']);
  const files = (ran: typeof one): readonly string[] =>
    (ran.of('plan')[0]?.files ?? []).map(({ file }) => file).sort();
  assert.deepEqual([one.code, files(one)], [0, ['a.test.mjs', 'd.test.mjs', 'e.test.mjs']], one.stdout);
  assert.deepEqual([two.code, files(two)], [100, ['b.test.mjs', 'c.test.mjs', 'f.test.mjs']], two.stdout);
  assert.equal(readFileSync(join(dir, 'seen'), 'utf8'), '0 of 2');
  const folders = [one, two].map((ran) => join(dir, '.runner', 'runs', ran.events[0]?.runId ?? ''));
  const [first = '', second = ''] = folders;

  const merged = await runner(dir, ['merge', ...folders, '--format', 'ctrf=-']);
  assert.equal(merged.code, 100, merged.stderr);
  const whole = await runner(dir, []);
  assert.equal(whole.code, 100);
  assert.equal(readFileSync(join(dir, 'seen'), 'utf8'), 'undefined of undefined');
  const report = await runner(dir, ['report', whole.events[0]?.runId ?? '', '--format', 'ctrf=-']);
  assert.deepEqual(told(merged.stdout), told(report.stdout));
  assert.equal(told(merged.stdout).length, 10);
  const screen = await runner(dir, ['merge', ...folders]);
  assert.equal(screen.lastLine, whole.lastLine);
  assert.equal(screen.lastLine, '8 passed, 1 failed, 1 skipped');

  const wrong = async (words: RegExp, ...args: readonly string[]): Promise<void> => {
    const ran = await runner(dir, ['merge', ...args]);
    assert.deepEqual([ran.code, ran.stdout], [106, ''], ran.stderr);
    assert.match(ran.stderr, words);
    assert.doesNotMatch(ran.stderr, /\n\s+at /);
  };
  await wrong(/shard 2\/2 is missing/, first);
  cpSync(second, join(dir, 'copy'), { recursive: true });
  await wrong(/shard 2\/2 is there 2 times/, first, second, 'copy');
  await wrong(/is no shard/, first, second, whole.events[0]?.runId ?? '');
  const manifest = JSON.parse(readFileSync(join(dir, 'copy', 'shard.json'), 'utf8'));
  writeFileSync(join(dir, 'copy', 'shard.json'), JSON.stringify({ ...manifest, digest: '0'.repeat(64) }));
  await wrong(/shard 2\/2 in .*copy is of another plan/, first, 'copy');
  writeFileSync(join(dir, 'copy', 'shard.json'), JSON.stringify({ ...manifest, files: ['b.test.mjs'] }));
  await wrong(/its event log is not of the shard/, first, 'copy');

  // A whole set under its floor is red, where each shard alone had promised nothing.
  rmSync(join(dir, '.runner', 'runs'), { recursive: true });
  mkdirSync(join(dir, 'parts'));
  writeFileSync(join(dir, 'c.test.mjs'), test("test.skip('fails', () => {});"));
  const parts: string[] = [];
  for (const shard of ['1/2', '2/2']) {
    const ran = await runner(dir, ['--shard', shard, '--progress', 'none']);
    assert.equal(ran.code, 0, ran.stdout);
    parts.push(ran.events[0]?.runId ?? '');
  }
  assert.ok(parts.every((run) => existsSync(join(dir, '.runner', 'runs', run, 'shard.json'))));
  const low = await runner(dir, ['merge', ...parts]);
  assert.equal(low.code, 4, low.stdout);
  assert.match(low.stdout, /unit/);
});

it('--shard that is no shard, or more shards than files, is 96 and says what would be one', async () => {
  const dir = project({
    'runner.config.yaml': REGISTRY.replace(/incidents:[\s\S]*/, ''),
    'a.test.mjs': GREEN,
  });
  for (const shard of ['3/2', '0/2', '1', '1/0', 'a/b']) {
    const ran = await runner(dir, ['--shard', shard]);
    assert.equal(ran.code, 96, shard);
    assert.match(ran.stderr, /expected a shard such as 2\/3/);
  }
  const many = await runner(dir, ['--shard', '1/3']);
  assert.equal(many.code, 96);
  assert.match(many.stderr, /fewer files \(1\) than shards[\s\S]*at most 1 shards/);
});
