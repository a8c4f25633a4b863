/**
 * What a run left whose runner and guardian were both killed, or whose machine lost power: folders of ours whose owner is
 * no longer alive, and the processes that work in them or carry their run's mark. Nothing without our owner file, but for
 * processes whose working folder was removed with the run that they are of.
 */
import { lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FoundProcess, fateOf, findMarked, findOrphansIn, killed } from '../processes/index.ts';
import { OWNER_FILE, runOfPath } from './folders.ts';

/**
 * A folder without its owner's name is one whose owner is just writing it, unless that was so long ago, ms. An owner that was
 * only slow makes another.
 */
const NAMELESS = 100;

/**
 * Looks, and removes what nothing works in any more, before it returns: a start that is busy with other things must not
 * delay it. Never rejects: what can't be removed is somebody else's, or is tried again by the next run.
 */
export async function sweepDeadRuns(): Promise<void> {
  await Promise.all(runFolders().map((folder) => quietly(() => sweep(folder))));
  await Promise.all(orphans().map(killed));
}

function runFolders(): readonly string[] {
  const parents = [...new Set(['/dev/shm', '/tmp', tmpdir()])];
  return parents.flatMap((parent) =>
    (quietly(() => readdirSync(parent)) ?? [])
      .map((name) => join(parent, name))
      // Others may begin a name with the same letters.
      .filter((path) => runOfPath(path) !== null),
  );
}

/** In a removed folder of a run that has no other any more: one that lives has always a folder that says whose it is. */
function orphans(): readonly FoundProcess[] {
  const known = new Set(runFolders().map(runOfPath));
  return findOrphansIn((path) => {
    const run = runOfPath(path);
    return run !== null && !known.has(run);
  });
}

/** @returns null where nothing has to be waited for */
function sweep(folder: string): Promise<void> | null {
  const { uid, mtimeMs } = lstatSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) return null;
  const owner = quietly(() => readFileSync(join(folder, OWNER_FILE), 'utf8')) ?? '';
  if (owner === '') {
    // Its runner was killed between the two steps: then it is empty, and only then it goes.
    if (Date.now() - mtimeMs > NAMELESS) rmdirSync(folder);
    return null;
  }
  const run = owner.slice(0, owner.indexOf(' '));
  const fate = fateOf(owner.slice(run.length));
  if (fate === 'running' || fate === 'elsewhere') return null;
  // Whatever ran before the machine was started again does not any more: who is like it now is somebody else.
  const living = fate === 'ended' ? findMarked(run, [folder]) : [];
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  if (living.length > 0) return Promise.all(living.map(killed)).then(() => void quietly(remove));
  remove();
  return null;
}

function quietly<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
