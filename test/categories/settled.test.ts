/** What the shards of a plan may know of each other: whole rounds only, or the second would be cut by the first's times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runId } from '../../src/events/index.ts';
import { type HistoryRun, settled } from '../../src/history/index.ts';

const nothing = {
  kind: 'files',
  at: '2026-01-01T00:00:00.000Z',
  commit: null,
  config: '',
  machine: { host: 'here', platform: 'linux-x64', cores: 2 },
  env: 'test',
  workers: 1,
  args: [],
  ms: 1,
  exitCode: 0,
  interrupted: false,
  planned: 0,
  categories: [],
  suites: [],
  files: [],
  category: [],
  suite: [],
  times: [],
  verdicts: '',
  attempts: [],
  hashes: [],
  parts: [],
} as const;

/** Runs in the order in which they were made, `3/2` for the second of three shards, `-` for a run of the whole. */
const made = (...shards: readonly string[]): readonly HistoryRun[] =>
  shards.map((shard, at) => {
    const run = runId(new Date(Date.UTC(2026, 0, 1, 0, at)), 'aaaa');
    const [digest = '', index, total] = shard.split('/');
    if (index === undefined) return { ...nothing, run };
    return { ...nothing, run, shard: { digest, index: Number(index), total: Number(total), all: 0 } };
  });

/** Which of them count, by their place. */
const counted = (...shards: readonly string[]): readonly number[] => {
  const runs = made(...shards);
  const kept = settled({ runs: runs.toReversed(), of: () => [] }).runs;
  return runs.flatMap((run, at) => (kept.includes(run) ? [at] : []));
};

test('a round of shards counts once all of it has run', () => {
  assert.deepEqual(counted('-', 'a/1/2'), [0]);
  assert.deepEqual(counted('-', 'a/1/2', 'a/2/2'), [0, 1, 2]);
  assert.deepEqual(counted('a/1/3', 'a/3/3', '-'), [2]);
});

test('a second round that is cut in the same way waits for its last shard too', () => {
  assert.deepEqual(counted('a/1/2', 'a/2/2', 'a/1/2'), [0, 1]);
  assert.deepEqual(counted('a/1/2', 'a/2/2', 'a/1/2', 'a/2/2'), [0, 1, 2, 3]);
  assert.deepEqual(
    counted('a/1/2', 'a/1/2', 'a/2/2'),
    [0, 2],
    'a shard that ran twice counts as often as the others',
  );
});

test('plans do not lend each other shards', () => {
  assert.deepEqual(counted('a/1/2', 'b/2/2', 'b/1/2'), [1, 2]);
});
