/** Where a project's warm set keeps its state: below the cache of its user, so that users never share one. */
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '../cache.ts';
import type { ServicesOptions } from '../contract.ts';

/** null where nothing can be kept between runs */
export function warmFolder(options: Pick<ServicesOptions, 'config' | 'cacheDir' | 'env'>): string | null {
  const root = cacheRoot(options);
  if (root === null) return null;
  return join(
    root,
    'warm',
    createHash('sha256')
      // A cache may be shared; what is in a warm set is not.
      .update(JSON.stringify([process.getuid?.() ?? null, realOf(options.config.path)]))
      .digest('hex')
      .slice(0, 16),
  );
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What `${secret.<name>}` is made from: the same as long as the folder is there, readable by its user alone. */
export function secretSeed(folder: string): string {
  const path = join(folder, 'seed');
  const fresh = `${path}-${randomBytes(6).toString('hex')}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(fresh, randomBytes(32).toString('hex'), { mode: 0o600 });
    linkSync(fresh, path);
  } catch {
    // made by an earlier one
  } finally {
    rmSync(fresh, { force: true });
  }
  return readFileSync(path, 'utf8');
}
