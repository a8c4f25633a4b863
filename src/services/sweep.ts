/**
 * What a run left whose runner and guardian were both killed, or whose machine lost power: folders of ours whose owner is
 * no longer alive, and the processes that work in them or carry their run's mark. Nothing without our owner file.
 */
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMarked, isAlive, killed, processNamespace, startTimeOf } from '../processes/index.ts';
import { FOLDER_PREFIX, OWNER_FILE } from './context.ts';

/** Never rejects: what can't be removed is somebody else's, or is tried again by the next run. */
export async function sweepDeadRuns(): Promise<void> {
  for (const parent of new Set(['/dev/shm', '/tmp', tmpdir()])) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names) {
      if (name.startsWith(FOLDER_PREFIX)) await sweep(join(parent, name)).catch(() => {});
    }
  }
}

async function sweep(folder: string): Promise<void> {
  const { uid } = await lstat(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) return;
  const [run, pid, startTime, namespace] = (await readFile(join(folder, OWNER_FILE), 'utf8')).split(' ');
  // Another container's processes can't be seen from here, so neither can their death.
  if (run === undefined || pid === undefined || namespace !== processNamespace()) return;
  if (isAlive(Number(pid)) && (startTimeOf(Number(pid)) ?? '') === startTime) return;
  for (const found of findMarked(run, [folder])) await killed(found.pid);
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
