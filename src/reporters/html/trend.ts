/**
 * The runs before this one: from the history, which reaches far back, and where a run has no record there, e.g. since it
 * was killed, from the first and the last line of its log. A log of any length costs two short reads.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EventOf, RUN_ID, type RunnerEvent } from '../../events/index.ts';
import { HISTORY_FOLDER, type HistoryRun, readHistory } from '../../history/index.ts';
import { oneLine } from '../text.ts';
import { commandOf } from './command.ts';
import type { PastRun } from './data.ts';

const MOST = 60;
/** Results of files that are read: enough for sixty runs of two thousand files. */
const RESULTS = 120_000;
const HEAD = 16_384;
const TAIL = 16_384;

/** @param log path of this run's log @returns this run and at most 59 before it, oldest first */
export function trendOf(log: string, started: EventOf<'run.started'>): readonly PastRun[] {
  const runs = dirname(dirname(log));
  const command = commandOf(started);
  const found = new Map<string, () => readonly PastRun[]>();
  for (const name of runFolders(runs))
    found.set(name, () => pastRun(join(runs, name, 'events.ndjson'), command));
  for (const record of recorded(join(dirname(runs), HISTORY_FOLDER))) {
    const past = fromRecord(record, command);
    if (past !== null) found.set(record.run, () => [past]);
  }
  return [...found]
    .filter(([id]) => id <= started.runId)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(-MOST)
    .flatMap(([, read]) => read());
}

const RUN_FOLDER = new RegExp(`^${RUN_ID}$`);

function runFolders(runs: string): readonly string[] {
  try {
    return readdirSync(runs).filter((name) => RUN_FOLDER.test(name));
  } catch {
    return [];
  }
}

/** A page that follows a run asks again and again: what is there is read once. */
let last: { readonly key: string; readonly runs: readonly HistoryRun[] } | null = null;

function recorded(folder: string): readonly HistoryRun[] {
  try {
    const key = [folder, ...readdirSync(folder)].join('\n');
    if (last?.key !== key) last = { key, runs: readHistory(folder, RESULTS).runs };
    return last.runs;
  } catch {
    return []; // what earlier runs tell is worth showing, never worth a report
  }
}

/** Null where it does not tell what the run came to. */
function fromRecord(record: HistoryRun, command: string): PastRun | null {
  const { run, at, ms, exitCode, totals } = record;
  if (totals === undefined || exitCode === null) return null;
  const own = commandOf(record);
  const categories: Record<string, number> = {};
  for (const [index, name] of record.categories.entries()) {
    const times = record.times.filter((_, file) => record.category[file] === index);
    if (times.length > 0) categories[oneLine(name)] = Math.round(times.reduce((sum, time) => sum + time, 0));
  }
  return {
    id: run,
    startedAt: at,
    command: oneLine(own),
    same: own === command,
    end: { ...endOf({ totals, ms, exitCode }), categories },
  };
}

function pastRun(path: string, command: string): readonly PastRun[] {
  const ends = endsOf(path);
  const started = ends === null ? null : parsed(ends.head.split('\n', 1)[0] ?? '');
  if (ends === null || started?.kind !== 'run.started') return [];
  const finished = ends.tail
    .split('\n')
    .map(parsed)
    .findLast((event): event is EventOf<'run.finished'> => event?.kind === 'run.finished');
  const own = commandOf(started);
  return [
    {
      id: started.runId,
      startedAt: started.startedAt,
      command: oneLine(own),
      same: own === command,
      end: finished === undefined ? null : endOf(finished),
    },
  ];
}

type End = NonNullable<PastRun['end']>;

function endOf({ totals, ms, exitCode }: Pick<EventOf<'run.finished'>, 'totals' | 'ms' | 'exitCode'>): End {
  const { tests, passed, failed, skipped, todo } = totals;
  return { ms: Math.round(ms), exitCode, tests, passed, failed, skipped: skipped + todo };
}

function endsOf(path: string): { head: string; tail: string } | null {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const read = (from: number, length: number): string => {
        const buffer = Buffer.alloc(Math.min(length, size));
        readSync(fd, buffer, 0, buffer.length, from);
        return buffer.toString('utf8');
      };
      return { head: read(0, HEAD), tail: read(Math.max(0, size - TAIL), TAIL) };
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** Null for a line that is cut or none of ours. */
function parsed(line: string): RunnerEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    // The log is our own format: the version field is what tells a line of it from anything else.
    return typeof value === 'object' && value !== null && (value as { v?: unknown }).v === 1
      ? (value as RunnerEvent)
      : null;
  } catch {
    return null;
  }
}
