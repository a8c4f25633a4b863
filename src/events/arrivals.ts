/**
 * When the bytes of a log arrived: `<log>.times` beside it, a line `<ms since 1970> <bytes>` each time that it was seen to
 * have grown. The program itself writes to the log, so nothing of ours stands between; the price is that a time is the first
 * at which we looked after the line was there, some milliseconds late.
 */
import { readFileSync } from 'node:fs';

export const timesPath = (log: string): string => `${log}.times`;

/** @param at ms since 1970 @param size of the log, bytes */
export const arrival = (at: number, size: number): string => `${Math.round(at)} ${size}\n`;

export interface Arrivals {
  /** ms since 1970 at which the byte before `end` was there; null where nobody saw it */
  at(end: number): number | null;
}

/** null where the log has no such index */
export function arrivalsOf(log: string): Arrivals | null {
  let text: string;
  try {
    text = readFileSync(timesPath(log), 'utf8');
  } catch {
    return null;
  }
  const seen = text.split('\n').flatMap((line) => {
    const [at, size] = line.split(' ').map(Number);
    return at === undefined || size === undefined || Number.isNaN(size) ? [] : [{ at, size }];
  });
  return {
    at: (end) => {
      let [low, high] = [0, seen.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((seen[middle]?.size ?? 0) < end) low = middle + 1;
        else high = middle;
      }
      return seen[low]?.at ?? null;
    },
  };
}

/** A line that says itself when it was written: a date and a time, or a JSON object with one. */
export const saysItsTime = (line: string): boolean =>
  /^\W{0,2}\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(line) ||
  /^\{.*"(time|timestamp|ts|@timestamp)"\s*:/i.test(line);

/** `14:05:09.123`, UTC */
export const timeOfDay = (at: number): string => new Date(at).toISOString().slice(11, 23);
