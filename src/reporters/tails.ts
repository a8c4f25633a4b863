/** The end of a test's output or of a service's log, as lines that are fit to print. What can't be read is left out. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { LogWindow } from '../events/index.ts';
import { safeLines } from './text.ts';

/** Read at most this much from the end, bytes. */
const TAIL = 16_384;

export interface Tail {
  readonly lines: readonly string[];
  /** lines that were read; more may lie before them */
  readonly of: number;
}

/** @param most lines */
export const fileTail = (path: string, most: number): Tail | null =>
  readTail(path, 0, Number.POSITIVE_INFINITY, most);

/** @param most lines */
export const windowTail = ({ path, from, to }: LogWindow, most: number): Tail | null =>
  readTail(path, from, to, most);

function readTail(path: string, from: number, to: number, most: number): Tail | null {
  try {
    const fd = openSync(path, 'r');
    try {
      const end = Math.min(to, fstatSync(fd).size);
      const start = Math.max(from, end - TAIL);
      const buffer = Buffer.alloc(Math.max(0, end - start));
      readSync(fd, buffer, 0, buffer.length, start);
      // node:test prints its own summary there only where no reporter is set: all of it is the test's.
      const lines = safeLines(buffer.toString('utf8').trimEnd()).filter((line) => line.trim() !== '');
      return { lines: lines.slice(-most), of: lines.length };
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
