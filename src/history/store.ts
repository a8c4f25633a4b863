/**
 * Records on disk: `.runner/history/<run>.files.ndjson` and `<run>.tests.ndjson`, each written once, by one run, and never
 * changed: two runs at the same time need no lock, and a run that is killed while it writes leaves a cut line that
 * readers pass over. Other `*.ndjson` beside them, e.g. `cat` of another machine's, are read as well and never removed.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_ID } from '../events/index.ts';
import { encode, type FilesRecord, type HistoryRecord } from './record.ts';

/** In `.runner` of the registry's folder. */
export const HISTORY_FOLDER = 'history';

const OWN = new RegExp(`^(${RUN_ID})\\.(files|tests)\\.ndjson$`);

/** Runs beyond this are looked at one by one: those that hold nothing new of any file go. */
const UNPRUNED = 60;
/** Times of a file that are kept. */
const PER_FILE = 30;
/** Runs that are kept whatever they hold. */
const MOST = 400;

/** @param folder absolute, made where it is missing @throws where it can't be written to */
export function writeRecord(folder: string, records: readonly HistoryRecord[]): void {
  mkdirSync(folder, { recursive: true });
  for (const record of records) {
    const fd = openSync(join(folder, `${record.run}.${record.kind}.ndjson`), 'a');
    try {
      writeSync(fd, encode(record));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** Names of the files, those of runs by their run, newest last. */
export function historyFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort();
  } catch {
    return [];
  }
}

/** The run that wrote a file; null for one that came from elsewhere. */
export const runOf = (name: string): string | null => OWN.exec(name)?.[1] ?? null;

/** Ids of the runs that have a record of their own. */
export const recordedRuns = (folder: string): ReadonlySet<string> =>
  new Set(historyFiles(folder).flatMap((name) => runOf(name) ?? []));

/**
 * Removes the records of runs that are not among the newest 30 of any file, and of all beyond the newest 400.
 * @param read the records of files, newest first; asked for only where there may be something to remove
 */
export function prune(folder: string, read: () => readonly FilesRecord[]): void {
  const runs = recordedRuns(folder);
  if (runs.size <= UNPRUNED) return;
  const seen = new Map<string, number>();
  const kept = new Set<string>();
  for (const { run, files } of read()) {
    let needed = false;
    for (const file of files) {
      const times = seen.get(file) ?? 0;
      needed ||= times < PER_FILE;
      seen.set(file, times + 1);
    }
    if (needed && kept.size < MOST) kept.add(run);
  }
  for (const run of runs) {
    if (kept.has(run)) continue;
    for (const kind of ['files', 'tests']) rmSync(join(folder, `${run}.${kind}.ndjson`), { force: true });
  }
}
