import { randomInt } from 'node:crypto';

/** Branded ids: one kind of id can't be passed where another is meant. */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/**
 * `20261122-120412-19c7c1f0`: UTC start time; three hex digits hold the millisecond, so that ids sort as their runs began, and
 * five are random. By the id what belongs to a run is found and killed, also what left its groups: two runs of a machine that
 * had one id would kill each other. Safe in paths and database names. Ids that were made before have four digits.
 */
export type RunId = Id<'run'>;
/** The file's path relative to the registry's folder, with `/` on every platform. A file belongs to one suite. */
export type FileId = Id<'file'>;
/** `<run>.<file number>.<attempt>`, e.g. `20261122-120412-7c1f.12.1`: needs no quoting in shells, paths or XML. */
export type AttemptId = Id<'attempt'>;

const two = (n: number): string => String(n).padStart(2, '0');

/** How an id looks, as the source of a regular expression. */
export const RUN_ID = '\\d{8}-\\d{6}-[0-9a-f]{4}(?:[0-9a-f]{4})?';
/** of a millisecond: two runs that begin in one have the same id once in a million times */
const ENDINGS = 16 ** 5;

/** The id of what begins now: it sorts behind every id that was made in an earlier millisecond. */
export function newRunId(now = new Date()): RunId {
  const ending = now.getUTCMilliseconds() * ENDINGS + randomInt(ENDINGS);
  return runId(now, ending.toString(16).padStart(8, '0'));
}

/** @param ending four or eight lower-case hex digits */
export function runId(now: Date, ending: string): RunId {
  const day = `${now.getUTCFullYear()}${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())}`;
  const time = `${two(now.getUTCHours())}${two(now.getUTCMinutes())}${two(now.getUTCSeconds())}`;
  return `${day}-${time}-${ending}` as RunId;
}

/** of the end of an id, characters: less would be a guess */
const SHORTEST = 4;

/** Whether somebody who types that name may mean this run: its id, or the end of it. */
export const isNamed = (run: string, name: string): boolean =>
  run === name || (name.length >= SHORTEST && run.endsWith(name));

/** What a run is called for short, and found again by. */
export const shortId = (run: string): string => run.slice(run.lastIndexOf('-') + 1);

export const fileId = (relativePath: string): FileId => relativePath.split('\\').join('/') as FileId;

/** Stands where an attempt's id is asked for, for what is kept for several. @param label e.g. `worker-2`: no number */
export const standingId = (run: RunId, label: string): AttemptId => `${run}.${label}` as AttemptId;

export const attemptId = (run: RunId, fileNumber: number, attempt: number): AttemptId =>
  `${run}.${fileNumber}.${attempt}` as AttemptId;
