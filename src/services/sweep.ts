/**
 * What a run left whose runner and guardian were both killed, or whose machine lost power: folders of ours whose owner is
 * no longer alive, and the processes that work in them or carry their run's mark. Nothing without our owner file.
 */
import { lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fateOf, findMarked, killed } from '../processes/index.ts';
import { FOLDER_PREFIX, OWNER_FILE } from './context.ts';

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
  const parents = [...new Set(['/dev/shm', '/tmp', tmpdir()])];
  const folders = parents.flatMap((parent) =>
    (quietly(() => readdirSync(parent)) ?? [])
      .filter((name) => name.startsWith(FOLDER_PREFIX))
      .map((name) => join(parent, name)),
  );
  await Promise.all(folders.map((folder) => quietly(() => sweep(folder))));
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
