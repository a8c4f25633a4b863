/** Files that are there whole or not at all. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Beside its place first: a reader never sees half of it, and a full disk leaves the old one as it was. A device or pipe,
 * e.g. /dev/stderr, is written to, never replaced. Makes the folder. @throws where it can't be written
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && !statSync(path).isFile()) return writeFileSync(path, content);
  const fresh = `${path}.${process.pid}.part`;
  try {
    writeFileSync(fresh, content);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
