/** What is kept between runs. Anything under its final name is complete, because it came there by an atomic rename. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunContext } from './context.ts';

/** The first of the places that can be written; where none can, a folder of this run, so that nothing is kept. */
export function cacheFolder(run: RunContext, ...parts: readonly string[]): string {
  return made(cacheRoot(run.options) ?? join(run.scratch(), 'cache'), parts);
}

/** null where nothing can be kept */
export function cacheRoot({ cacheDir, env }: Pick<RunContext['options'], 'cacheDir' | 'env'>): string | null {
  const places = [
    cacheDir,
    env.RUNNER_CACHE_DIR,
    env.XDG_CACHE_HOME && join(env.XDG_CACHE_HOME, 'unified-test-runner'),
    (env.HOME ?? homedir()) && join(env.HOME ?? homedir(), '.cache', 'unified-test-runner'),
  ];
  for (const place of places) {
    if (place && writable(place)) return place;
  }
  return sharedFolder();
}

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

function made(place: string, parts: readonly string[]): string {
  const path = join(place, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

function writable(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A name beside the final one, for what is being built; entered in the ledger, so that a broken-off build leaves nothing. */
export function stagingFor(run: RunContext, final: string): string {
  const path = join(dirname(final), `.new-${randomBytes(6).toString('hex')}`);
  run.ledger.addDirectory(path);
  return path;
}

/** Moves a finished build to its name. Where another run was faster, its result stays and this one goes. */
export async function publish(run: RunContext, staging: string, final: string): Promise<void> {
  try {
    await rename(staging, final);
    run.ledger.directoryGone(staging);
  } catch (error) {
    await run.ledger.removeDirectory(staging);
    const taken =
      error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code));
    if (!taken) throw error;
  }
}

/**
 * Keeps the `keep` entries used last. What goes is first renamed, in one step: a run that copies an entry checks
 * afterwards that it is still there under its name, and so knows that its copy is whole.
 */
export async function prune(folder: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const entries = await Promise.all(
    names.map(async (name) => ({
      name,
      used: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  const old = entries.sort((a, b) => b.used - a.used).slice(keep);
  for (const { name } of old) {
    const aside = join(folder, `.old-${randomBytes(6).toString('hex')}`);
    await rename(join(folder, name), aside).then(
      () => rm(aside, { recursive: true, force: true, maxRetries: 3 }),
      () => {},
    );
  }
}
