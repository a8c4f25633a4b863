/** What identifies the text of a file, so that a result says what it is a result of. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @returns sha256 in hexadecimal; null where the file can't be read, e.g. because it is a folder */
export function contentHash(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return null;
  }
}
