/** What is kept between runs. Anything under its final name is complete, because it came there by an atomic rename. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { sharedFolder } from '../processes/index.ts';
import type { RunContext } from './context.ts';

type Places = Pick<RunContext['options'], 'cacheDir' | 'env'>;

/**
 * A folder for one kind of what is kept, in the first of the places where it can be written; where it can in none, one of
 * this run, so that nothing is kept. In a cache that users share it may be another user's.
 */
export function cacheFolder(run: RunContext, kind: string): string {
  const kept = firstWritable(
    [...placesOf(run.options), sharedFolder()].map((place) => place && join(place, kind)),
  );
  if (kept !== null) return kept;
  const own = join(run.scratch(), 'cache', kind);
  mkdirSync(own, { recursive: true });
  return own;
}

/** null where nothing can be kept */
export const cacheRoot = (places: Places): string | null => firstWritable(placesOf(places)) ?? sharedFolder();

const placesOf = ({ cacheDir, env }: Places): readonly (string | undefined)[] => [
  cacheDir,
  env.RUNNER_CACHE_DIR,
  env.XDG_CACHE_HOME && join(env.XDG_CACHE_HOME, 'unified-test-runner'),
  (env.HOME ?? homedir()) && join(env.HOME ?? homedir(), '.cache', 'unified-test-runner'),
];

const firstWritable = (paths: readonly (string | null | undefined)[]): string | null =>
  paths.find((path): path is string => !!path && writable(path)) ?? null;

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
