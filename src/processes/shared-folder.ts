/** What this user owns in places that users share. */
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of ours in the system's temporary folder that every user may read; null where somebody else owns that name,
 * or could write in it.
 */
export function sharedFolder(): string | null {
  const owner = process.getuid?.() ?? userInfo().username;
  const path = join(tmpdir(), `unified-test-runner-${owner}`);
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    const found = lstatSync(path);
    const ours = process.getuid === undefined || found.uid === process.getuid();
    return found.isDirectory() && ours && (found.mode & 0o022) === 0 ? path : null;
  } catch {
    return null;
  }
}
