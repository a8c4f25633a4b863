/**
 * Records back from disk: newest first, a run once, cut lines passed over. Lines are chosen and ordered by their heads,
 * and only as many are read as tell something: what is older than the last hundred thousands of results stays unread.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestVerdict } from '../events/index.ts';
import {
  decode,
  type EndedVerdict,
  FILE_VERDICTS,
  type FilesRecord,
  type HistoryRecord,
  headOf,
  TEST_VERDICTS,
  type TestsRecord,
} from './record.ts';
import { historyFiles, runOf } from './store.ts';

/** Results that are read of files, and of tests. */
const MOST_RESULTS = 400_000;
/** Enough for the last ten times of ten thousand files, and of more runs of fewer. */
export const ENOUGH_TO_PLAN = 100_000;

export type HistoryRun = FilesRecord;
export type { EndedVerdict };

export interface FileRun {
  readonly run: HistoryRun;
  readonly verdict: EndedVerdict;
  /** ms */
  readonly ms: number;
  readonly hash: string;
  readonly attempts: number;
  /** only some of its tests were selected */
  readonly part: boolean;
}

export interface TestRun {
  readonly run: TestsRecord;
  readonly verdict: TestVerdict;
  readonly ms: number;
  /** of its file */
  readonly hash: string;
}

export interface History {
  /** newest first */
  readonly runs: readonly HistoryRun[];
  /** of one file, newest first; empty where it never ran */
  of(file: string): readonly FileRun[];
}

/** @param folder absolute; one that does not exist is an empty history @param most results; older ones stay unread */
export function readHistory(folder: string, most = MOST_RESULTS): History {
  return historyOf(records(folder, 'files', most, ({ files }) => files.length));
}

/**
 * Without the shards of a round that is not whole: what the first of them took must not change the plan of the second.
 * A plan that is cut in the same way again has the same digest, so rounds are counted: of each shard the oldest runs
 * stay, as many as the shard with the fewest has.
 */
export function settled({ runs }: History): History {
  const shards = new Map<string, HistoryRun[]>();
  for (const run of runs) {
    if (run.shard === undefined) continue;
    const key = keyOf(run.shard.digest, run.shard.index);
    shards.set(key, [...(shards.get(key) ?? []), run]);
  }
  const rounds = (digest: string, total: number): number =>
    Math.min(...Array.from({ length: total }, (_, at) => shards.get(keyOf(digest, at + 1))?.length ?? 0));
  return historyOf(
    runs.filter((run) => {
      if (run.shard === undefined) return true;
      const { digest, index, total } = run.shard;
      const same = shards.get(keyOf(digest, index)) ?? [];
      return same.indexOf(run) >= same.length - rounds(digest, total); // newest first
    }),
  );
}

const keyOf = (digest: string, index: number): string => `${digest} ${index}`;

function historyOf(runs: readonly HistoryRun[]): History {
  let places: Map<string, number[]> | null = null;
  return {
    runs,
    of(file) {
      places ??= placesOf(runs);
      return (places.get(file) ?? []).flatMap((place) => {
        const run = runs[Math.floor(place / WIDEST)];
        return run === undefined ? [] : [fileRun(run, place % WIDEST)];
      });
    },
  };
}

/** More than one run can have of files: a place is one number, the run's times this and the file's in it. */
const WIDEST = 2 ** 32;

function placesOf(runs: readonly HistoryRun[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, { files }] of runs.entries()) {
    for (let at = 0; at < files.length; at += 1) {
      const file = files[at] ?? '';
      const list = places.get(file);
      if (list === undefined) places.set(file, [index * WIDEST + at]);
      else list.push(index * WIDEST + at);
    }
  }
  return places;
}

const fileRun = (run: HistoryRun, at: number): FileRun => ({
  run,
  verdict: FILE_VERDICTS.get(run.verdicts[at] ?? '') ?? 'failed',
  ms: run.times[at] ?? 0,
  hash: run.hashes[at] ?? '',
  attempts: run.attempts[at] ?? 1,
  part: run.parts.includes(at),
});

/** Whether its time says how long the file takes: all of it ran, and passed at once. */
export const isGreenRun = ({ verdict, part, attempts }: FileRun): boolean =>
  verdict === 'passed' && !part && attempts === 1;

/** Runs of each test, newest first, by file and title. */
export function readTests(folder: string): ReadonlyMap<string, ReadonlyMap<string, readonly TestRun[]>> {
  const byFile = new Map<string, Map<string, TestRun[]>>();
  for (const run of records(folder, 'tests', MOST_RESULTS, ({ titles }) => titles.length)) {
    for (const [at, title] of run.titles.entries()) {
      const index = run.file[at] ?? 0;
      const file = run.files[index] ?? '';
      const byTitle = byFile.get(file) ?? new Map<string, TestRun[]>();
      byFile.set(file, byTitle);
      const list = byTitle.get(title) ?? [];
      byTitle.set(title, list);
      const verdict = TEST_VERDICTS.get(run.verdicts[at] ?? '') ?? 'failed';
      list.push({ run, verdict, ms: run.times[at] ?? 0, hash: run.hashes[index] ?? '' });
    }
  }
  return byFile;
}

type RecordOf<Kind extends HistoryRecord['kind']> = Extract<HistoryRecord, { readonly kind: Kind }>;

/** A record before it is read: that of a run's own file is not even opened where newer ones are enough. */
interface Candidate {
  readonly run: string;
  readonly line: () => string;
}

function records<Kind extends HistoryRecord['kind']>(
  folder: string,
  kind: Kind,
  most: number,
  sizeOf: (record: RecordOf<Kind>) => number,
): readonly RecordOf<Kind>[] {
  const other = kind === 'files' ? '.tests.ndjson' : '.files.ndjson';
  const lines = historyFiles(folder)
    .filter((name) => !name.endsWith(other))
    .flatMap((name): readonly Candidate[] => {
      const text = (): string => textOf(join(folder, name));
      const own = runOf(name);
      if (own !== null) return [{ run: own, line: () => text().split('\n', 1)[0] ?? '' }];
      return text()
        .split('\n')
        .flatMap((line) => {
          const head = headOf(line);
          return head?.kind === kind ? [{ run: head.run, line: () => line }] : [];
        });
    })
    .sort((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0));
  const found: RecordOf<Kind>[] = [];
  const seen = new Set<string>();
  let results = 0;
  for (const { run, line } of lines) {
    if (results >= most) break;
    if (seen.has(run)) continue;
    // The head, or the name of the file, says which kind it is.
    const record = decode(line()) as RecordOf<Kind> | null;
    if (record === null) continue;
    seen.add(run);
    found.push(record);
    results += sizeOf(record);
  }
  return found;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // removed meanwhile by another run
  }
}
