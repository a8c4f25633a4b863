/** Sizes of memory as people write them: a number and its unit. A bare number is refused, nobody knows what it counts. */
import { err, ok, type Result } from '../events/index.ts';

const BYTES = {
  KB: 1e3,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;
type Unit = keyof typeof BYTES;

export const SIZE = /^(\d+(?:\.\d+)?) ?([kK]B|[MGT]B|[KMGT]iB)$/;
const SIZE_EXPECTED = 'expected a size such as 512MB, 1.5GB or 256MiB';

/** `512MB` → 512000000, `1MiB` → 1048576 (bytes, whole). @returns on failure what was expected, ready to be shown */
export function parseSize(text: string): Result<number, string> {
  const match = SIZE.exec(text);
  if (match === null)
    return err(/^\d+$/.test(text) ? `${SIZE_EXPECTED}; did you mean "${text}MB"?` : SIZE_EXPECTED);
  // The expression admits nothing else as the unit.
  const bytes = Math.round(Number(match[1]) * BYTES[match[2] as Unit]);
  if (bytes < BYTES.MB) return err('expected a size of at least 1MB');
  return bytes > Number.MAX_SAFE_INTEGER ? err(SIZE_EXPECTED) : ok(bytes);
}

const STEPS = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

/** 530000000 → `530 MB`, 1500000000 → `1.5 GB`, 800 → `800 B`: powers of 1000, rounded to what tells something. */
export function formatSize(bytes: number): string {
  const [unit, step] = STEPS.find(([, least]) => bytes >= least) ?? ['B', 1];
  const value = bytes / step;
  return `${unit === 'GB' && value < 100 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}
