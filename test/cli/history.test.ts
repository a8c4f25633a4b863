/** What earlier runs tell: the real command line, several runs of one project, records on disk. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventIn, project, registry, runner } from '../support/cli.ts';

const test = (body: string): string => `import { test } from 'node:test';\n${body}\n`;
const QUICK = test("test('adds', () => {});\ntest('subtracts', () => {});");
/** Takes longer than the others whatever the machine does: it waits for one that it starts. */
const SLOW = test(
  "test('waits', async () => {\n  for (let n = 0; n < 3; n += 1) (await import('node:child_process')).execFileSync(process.execPath, ['-e', '0']);\n});",
);
const TURNS = test(
  "import { existsSync } from 'node:fs';\ntest('turns', () => { if (existsSync('red')) throw new Error('red'); });",
);
const ids = (ran: Awaited<ReturnType<typeof runner>>): readonly string[] =>
  ran.of('file.started').map(({ file }) => file);

it('F25: results carry run id and content hash; the record orders the next run, and history and stats read it', async () => {
  const dir = project({
    'runner.config.yaml': registry('defaults: { workers: 1 }'),
    'a.test.mjs': QUICK,
    'b.test.mjs': SLOW,
    'c.test.mjs': TURNS,
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${'5'.repeat(40)} refs/heads/main\n`,
  });
  const folder = join(dir, '.runner', 'history');
  const first = await runner(dir, []);
  assert.deepEqual([first.code, ids(first)], [0, ['a.test.mjs', 'b.test.mjs', 'c.test.mjs']], first.stdout);
  const sha = createHash('sha256').update(QUICK).digest('hex');
  assert.equal(first.of('file.started')[0]?.hash, sha);
  const [run] = first.of('run.started');
  assert.ok(run);
  const records = readdirSync(folder).sort();
  assert.deepEqual(records, [`${run.runId}.files.ndjson`, `${run.runId}.tests.ndjson`]);
  const [files, tests] = records.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  assert.deepEqual(
    [
      files.run,
      files.commit,
      files.config,
      files.verdicts,
      files.exitCode,
      files.interrupted,
      files.hashes[0],
    ],
    [run.runId, '5'.repeat(40), run.configHash, 'ppp', 0, false, sha.slice(0, 16)],
  );
  assert.deepEqual(files.files, ['a.test.mjs', 'b.test.mjs', 'c.test.mjs']);
  for (const [at, { ms }] of first.of('attempt.finished').entries())
    assert.ok(Math.abs(files.times[at] - ms) < 0.06, `${files.times[at]} of ${ms}`);
  assert.deepEqual([tests.titles, tests.verdicts], [['adds', 'subtracts', 'waits', 'turns'], 'pppp']);

  // What failed last comes first, then the longest; a listing says what each usually takes.
  writeFileSync(join(dir, 'red'), '');
  const second = await runner(dir, []);
  const byTime = [...files.files].sort(
    (x, y) => files.times[files.files.indexOf(y)] - files.times[files.files.indexOf(x)],
  );
  assert.deepEqual([second.code, ids(second)], [100, byTime], second.stdout);
  rmSync(join(dir, 'red'));
  const listed = JSON.parse((await runner(dir, ['--dry-run', '--json'])).stdout);
  assert.equal(listed.categories[0].files[0].file, 'c.test.mjs');
  assert.equal(listed.categories[0].files[0].usual, files.times[2]);
  const sum = listed.categories[0].files.reduce(
    (all: number, { usual }: { usual: number }) => all + usual,
    0,
  );
  assert.ok(Math.abs(listed.expected - sum) < 0.01, `${listed.expected} of ${sum}`);
  const third = await runner(dir, []);
  assert.deepEqual([third.code, ids(third)[0]], [0, 'c.test.mjs']);

  const shown = JSON.parse((await runner(dir, ['history', 'c.test.mjs > turns', '--json'])).stdout);
  assert.deepEqual(
    shown.results.map(({ verdict }: { verdict: string }) => verdict),
    ['passed', 'failed', 'passed'],
  );
  const stats = JSON.parse((await runner(dir, ['stats', '--json'])).stdout);
  assert.equal(stats.runs, 3);
  assert.deepEqual(
    stats.categories.map(({ category, runs, results, green }: Record<string, unknown>) => [
      category,
      runs,
      results,
      green,
    ]),
    [['unit', 3, 9, 8]],
  );
  // One failure of three: Jeffreys (1 + 1/2) / (3 + 1); Wilson's interval as its formula gives it.
  const [flaky, ...more] = stats.flaky;
  assert.deepEqual(more, []);
  assert.deepEqual([flaky.title, flaky.runs, flaky.failures, flaky.probability], ['turns', 3, 1, 0.375]);
  assert.deepEqual([flaky.interval.from.toFixed(4), flaky.interval.to.toFixed(4)], ['0.0615', '0.7923']);
  const text = await runner(dir, ['history']);
  assert.match(text.stdout, new RegExp(`${run.runId} .* 555555555 +3/3 +0 +0 `));
  assert.match((await runner(dir, ['stats'])).stdout, /c\.test\.mjs > turns +1\/3 +38 % +6\.1 % to 79 %/);
  const lost = await runner(dir, ['history', 'd.test.mjs']);
  assert.equal(lost.code, 96);
  assert.match(lost.stderr, /no run of "d\.test\.mjs" is recorded[\s\S]*did you mean "[abc]\.test\.mjs"/);
});

it('T11: a killed run is recorded by the next one; records are joined with cat, twice the same and cut lines count once', async () => {
  const dir = project({
    'runner.config.yaml': registry('defaults: { workers: 1 }'),
    'a.test.mjs': QUICK,
    'z.test.mjs': test("test('never ends', () => new Promise((end) => setTimeout(end, 600_000)));"),
  });
  const killed = await runner(dir, [], {
    meanwhile: async (child) => {
      await eventIn(dir, (event) => event.kind === 'file.started' && event.file === 'z.test.mjs');
      child.kill('SIGKILL');
    },
  });
  assert.equal(killed.signal, 'SIGKILL');
  const interrupted = await runner(dir, [], {
    meanwhile: async (child) => {
      await eventIn(
        dir,
        (event) =>
          event.kind === 'file.started' &&
          event.file === 'z.test.mjs' &&
          event.runId !== killed.events[0]?.runId,
      );
      child.kill('SIGINT');
    },
  });
  assert.equal(interrupted.code, 130);
  const part = await runner(dir, ['a.test.mjs', '--grep', 'adds']);
  assert.equal(part.code, 0);
  const runs = async (): Promise<readonly unknown[]> =>
    JSON.parse((await runner(dir, ['history', '--json'])).stdout).map((one: Record<string, unknown>) => [
      one.exitCode,
      one.files,
      one.planned,
      one.interrupted,
    ]);
  const expected = [
    [0, 1, 1, false],
    [130, 1, 2, true],
    [null, 1, 2, true],
  ];
  assert.deepEqual(await runs(), expected);
  const [, ...whole] = JSON.parse((await runner(dir, ['history', 'a.test.mjs', '--json'])).stdout).results;
  assert.deepEqual(
    whole.map(({ part: some }: { part: boolean }) => some),
    [false, false],
  );
  // The time of a part is not the file's.
  const [planned] = JSON.parse((await runner(dir, ['--dry-run', '--json', 'a.test.mjs'])).stdout)
    .categories[0].files;
  const { ms } = whole[0];
  assert.ok(Math.abs(planned.usual - (ms + whole[1].ms) / 2) < 0.001, JSON.stringify([planned, whole]));

  const folder = join(dir, '.runner', 'history');
  const all = readdirSync(folder).sort();
  const joined = all.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  mkdirSync(join(dir, 'aside'));
  for (const name of all) {
    copyFileSync(join(folder, name), join(dir, 'aside', name));
    if (name.startsWith(String(killed.events[0]?.runId))) rmSync(join(folder, name));
  }
  writeFileSync(join(folder, 'other-machine.ndjson'), joined + joined);
  appendFileSync(join(folder, 'other-machine.ndjson'), joined.slice(0, 300));
  assert.deepEqual(await runs(), expected);
});
