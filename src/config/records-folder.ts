/**
 * Where a project's records are kept: runs, history, caches. `.runner` in the registry's folder; where a checkout can't be
 * written to (another user's, or mounted read-only), a folder of its own among the user's files.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sharedFolder } from '../processes/index.ts';

const found = new Map<string, string>();

/** @param root the registry's folder, absolute @returns absolute, the same while the process lives; it need not exist */
export function recordsFolder(root: string): string {
  const known = found.get(root);
  if (known !== undefined) return known;
  const inside = join(root, '.runner');
  const folder = canBeMade(inside) ? inside : (elsewhere(root) ?? inside);
  found.set(root, folder);
  return folder;
}

/** The same for the same checkout, however it was reached. @returns null where nothing else can be written to either */
function elsewhere(root: string): string | null {
  const { XDG_STATE_HOME: state } = process.env;
  const own = [
    ...(state === undefined || state === '' ? [] : [join(state, 'unified-test-runner')]),
    join(homedir(), '.local', 'state', 'unified-test-runner'),
  ].find(canBeMade);
  const place = own ?? sharedFolder();
  if (place === null) return null;
  const real = realpathSync(root);
  const name = `${basename(real)}-${createHash('sha256').update(real).digest('hex').slice(0, 12)}`;
  return join(place, 'projects', name);
}

/** By what is there of it already: looking makes nothing. */
const canBeMade = (path: string): boolean => (existsSync(path) ? mayWrite(path) : canBeMade(dirname(path)));

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
