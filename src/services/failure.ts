/** Making failures: what happened, what to do, and the end of the log that shows it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { err } from '../events/index.ts';
import type { ServiceFailure } from './contract.ts';

const TAIL_LINES = 30;
const TAIL_BYTES = 64 * 1024;

export interface FailureDetails {
  readonly service: string;
  readonly reason: string;
  readonly remedy: string;
  readonly log?: string | null;
}

export function failure({ service, reason, remedy, log = null }: FailureDetails): ServiceFailure {
  const tail = log === null ? [] : logTail(log);
  return {
    service,
    reason,
    remedy: tail.some(saysDiskFull) || saysDiskFull(reason) ? `${FREE_SOME_SPACE}; or ${remedy}` : remedy,
    log,
    logTail: tail,
  };
}

/** How libc, and so everybody, says that a disk is full. */
const saysDiskFull = (text: string): boolean => /ENOSPC|No space left on device/i.test(text);
const FREE_SOME_SPACE = `a disk is full: free some space, or have runs keep their files elsewhere (TMPDIR, now ${tmpdir()})`;

export const failed = (details: FailureDetails): { readonly ok: false; readonly error: ServiceFailure } =>
  err(failure(details));

/** What everything that was in flight answers when the run is stopped. */
export const stopped = (service: string): { readonly ok: false; readonly error: ServiceFailure } =>
  failed({ service, reason: 'the run was stopped', remedy: 'nothing: this was asked for' });

/** The last 30 lines; reads 64 KiB at most, whatever the file's size. */
export function logTail(path: string): string[] {
  const lines = textFrom(path, 0).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-TAIL_LINES);
}

/** The log from a byte on, its last 64 KiB at most; empty where it can't be read. */
export function textFrom(path: string, offset: number): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(offset, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const read = readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, read);
  } catch {
    return '';
  } finally {
    closeSync(fd);
  }
}

/** The size of a log in bytes, 0 where it does not exist: where the next start's output begins. */
export function sizeOf(path: string): number {
  try {
    const fd = openSync(path, 'r');
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}

/** How Node, libc, Postgres, Redis, Python and Go say that a port is taken. */
export const saysPortTaken = (text: string): boolean => /EADDRINUSE|address already in use/i.test(text);

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
