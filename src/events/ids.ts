import { randomInt } from 'node:crypto';

/** Branded ids: one kind of id can't be passed where another is meant. */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/**
 * `20261122-120412-7c1f`: UTC start time; the four hex digits hold the millisecond, so that ids sort as their runs began,
 * and a random rest. Safe in paths and database names.
 */
export type RunId = Id<'run'>;
/** The file's path relative to the registry's folder, with `/` on every platform. A file belongs to one suite. */
export type FileId = Id<'file'>;
/** `<run>.<file number>.<attempt>`, e.g. `20261122-120412-7c1f.12.1`: needs no quoting in shells, paths or XML. */
export type AttemptId = Id<'attempt'>;

const two = (n: number): string => String(n).padStart(2, '0');

/** Of the 65,536 endings that a second has, each millisecond has 65. */
const ENDINGS = 65;

/** The id of what begins now: it sorts behind every id that was made in an earlier millisecond. */
export function newRunId(now = new Date()): RunId {
  const ending = now.getUTCMilliseconds() * ENDINGS + randomInt(ENDINGS);
  return runId(now, ending.toString(16).padStart(4, '0'));
}

/** @param random four or more lower-case hex digits */
export function runId(now: Date, random: string): RunId {
  const day = `${now.getUTCFullYear()}${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())}`;
  const time = `${two(now.getUTCHours())}${two(now.getUTCMinutes())}${two(now.getUTCSeconds())}`;
  return `${day}-${time}-${random.slice(0, 4)}` as RunId;
}

export const fileId = (relativePath: string): FileId => relativePath.split('\\').join('/') as FileId;

/** Stands where an attempt's id is asked for, for what is kept for several. @param label e.g. `worker-2`: no number */
export const standingId = (run: RunId, label: string): AttemptId => `${run}.${label}` as AttemptId;

export const attemptId = (run: RunId, fileNumber: number, attempt: number): AttemptId =>
  `${run}.${fileNumber}.${attempt}` as AttemptId;
