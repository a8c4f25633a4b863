/** The end of a test's output or of a service's log, as lines that are fit to print. What can't be read is left out. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Arrivals, arrivalsOf, type LogWindow, saysItsTime, timeOfDay } from '../events/index.ts';
import { safeLines } from './text.ts';

/** Read at most this much from the end, bytes; of a log that others write in, more, since most is not shown. */
const TAIL = 16_384;
const SHARED_TAIL = 262_144;

export interface Tail {
  readonly lines: readonly string[];
  /** lines that were read; more may lie before them */
  readonly of: number;
  /** all that there is, where not all of it was read, bytes; null: it was */
  readonly bytes: number | null;
}

/** @param most lines */
export const fileTail = (path: string, most: number): Tail | null =>
  readTail(path, 0, Number.POSITIVE_INFINITY, most);

/** @param most lines */
export function windowTail({ path, from, to, by }: LogWindow, most: number): Tail | null {
  if (by?.kind !== 'named') return readTail(path, from, to, most, { times: arrivalsOf(path) });
  const { name } = by;
  return readTail(path, from, to, most, { choose: (lines) => entriesOf(lines, name) });
}

/** What stands over the lines of a window: a reader must know which may be somebody else's. */
export function windowLabel({ service, by }: LogWindow): string {
  switch (by?.kind) {
    case 'named':
      return `${service} log, meanwhile, of its own database`;
    case 'time':
      return `${service} log, meanwhile, by time: other files use it too`;
    default:
      return `${service} log, meanwhile`;
  }
}

/**
 * Entries of one database: lines of PostgreSQL with its name before what they say, and those that go on from them. Of what
 * stands before the message the time is left, `%m [%p] %d %a` says it all.
 */
function entriesOf(lines: readonly string[], name: string): readonly string[] {
  let ours = false;
  return lines.flatMap((line) => {
    const entry = /^\d{4}-\d\d-\d\d ([\d:.]+) \S+ \[\d+\] (\S*) (.*)$/.exec(line);
    if (entry === null) return ours ? [line] : [];
    const [, time = '', database, text = ''] = entry;
    ours = database === name;
    return ours ? [`${time} ${text.replace(/^\[unknown\] /, '')}`] : [];
  });
}

interface Reading {
  /** of all lines those that are meant */
  readonly choose?: (lines: readonly string[]) => readonly string[];
  /** null: the log has no times */
  readonly times?: Arrivals | null;
}

const printable = (text: string): readonly string[] => safeLines(text).filter((line) => line.trim() !== '');

/** Each line behind the time of its arrival, unless it says one itself. @param start of the bytes in the log */
function timed(bytes: Buffer, start: number, times: Arrivals): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(
      ...printable(bytes.toString('utf8', at, next)).map((line) => withTime(line, times.at(start + next))),
    );
    at = next;
  }
  return lines;
}

/** @param at ms since 1970; null: nobody saw it */
export const withTime = (line: string, at: number | null): string =>
  at === null || saysItsTime(line) ? line : `${timeOfDay(at)} ${line}`;

function readTail(
  path: string,
  from: number,
  to: number,
  most: number,
  { choose, times = null }: Reading = {},
): Tail | null {
  try {
    const fd = openSync(path, 'r');
    try {
      const end = Math.min(to, fstatSync(fd).size);
      const start = Math.max(from, end - (choose === undefined ? TAIL : SHARED_TAIL));
      const buffer = Buffer.alloc(Math.max(0, end - start));
      readSync(fd, buffer, 0, buffer.length, start);
      // node:test prints its own summary there only where no reporter is set: all of it is the test's.
      const all = times === null ? printable(buffer.toString('utf8').trimEnd()) : timed(buffer, start, times);
      const lines = choose === undefined ? all : choose(all);
      return { lines: lines.slice(-most), of: lines.length, bytes: start > from ? end - from : null };
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
