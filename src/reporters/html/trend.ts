/**
 * The runs before this one, from the first and the last line of their logs: a log of any length costs two short reads.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EventOf, RunnerEvent } from '../../events/index.ts';
import { oneLine } from '../text.ts';
import { commandOf } from './command.ts';
import type { PastRun } from './data.ts';

const MOST = 30;
const HEAD = 16_384;
const TAIL = 16_384;

/** @param log path of this run's log @returns this run and at most 29 before it, oldest first */
export function trendOf(log: string, started: EventOf<'run.started'>): readonly PastRun[] {
  const runs = dirname(dirname(log));
  let names: string[];
  try {
    names = readdirSync(runs).filter(
      (name) => /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name) && name <= started.runId,
    );
  } catch {
    return [];
  }
  const command = commandOf(started);
  return names
    .sort()
    .slice(-MOST)
    .flatMap((name) => pastRun(join(runs, name, 'events.ndjson'), command));
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

function endOf({ totals, ms, exitCode }: EventOf<'run.finished'>): PastRun['end'] {
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
