/** Durations as people write them: a number and its unit. A bare number is refused, nobody knows what it counts. */
import { err, ok, type Result } from '../events/index.ts';

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof MS;

export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const DURATION_EXPECTED = 'expected a duration such as 250ms, 60s, 10m or 1.5h';

/** Node's timers hold 2^31 - 1 ms (24.8 days) and fire at once beyond it; a day is more than any test needs. */
const LONGEST = 24 * MS.h;

/**
 * `1.5h` → 5400000 (ms, whole).
 * @returns on failure what was expected, ready to be shown
 */
export function parseDuration(text: string): Result<number, string> {
  const match = DURATION.exec(text);
  if (match === null) {
    return err(/^\d+$/.test(text) ? `${DURATION_EXPECTED}; did you mean "${text}s"?` : DURATION_EXPECTED);
  }
  // The expression admits nothing else as the unit.
  const ms = Math.round(Number(match[1]) * MS[match[2] as Unit]);
  if (ms < 1) return err('expected a duration of at least 1ms');
  if (ms > LONGEST) return err('expected a duration of at most 24h');
  return ok(ms);
}

/** 5400000 → `1.5h`: the largest unit that needs at most two decimals. What it writes, `parseDuration` reads back. */
export function formatDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    const value = ms / MS[unit];
    if (value >= 1 && Number.isInteger(value * 100)) return `${value}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}
