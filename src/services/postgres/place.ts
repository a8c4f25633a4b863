/** Where a cluster of the run goes, and whose it is. */
import { readFileSync, statfsSync } from 'node:fs';
import { chown, constants, copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunContext, runFolder } from '../context.ts';
import { outputOf } from '../programs.ts';
import type { Engine } from './engine.ts';
import { SOCKET_PATH_MAX } from './flags.ts';

/** What a template with a small schema weighs on disk; the real one is only known after it was made. */
const TEMPLATE_BYTES = 64 * 1024 * 1024;

/**
 * Where the run's cluster goes. In memory a clone takes 14 ms, on ext4 25 (measured by us); but only where four
 * templates and 256 MB fit into the free space and into a quarter of the free memory.
 */
function clusterParent(): string {
  const wanted = 4 * TEMPLATE_BYTES + 256 * 1024 * 1024;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    const free =
      Number(/MemAvailable:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
    if (bavail * bsize >= wanted && wanted <= free / 4) return '/dev/shm';
  } catch {
    // no such file system here
  }
  return tmpdir();
}

/** A folder for one cluster; where the temporary folder's name is too long for a socket in it, below /tmp. */
export function clusterFolder(run: RunContext): string {
  const { runId } = run.options;
  const longest = (parent: string): number =>
    Buffer.byteLength(`${parent}/utr-${runId}-XXXXXX/s/.s.PGSQL.65535`);
  const last = '/tmp';
  for (const parent of [clusterParent(), tmpdir(), last]) {
    if (longest(parent) > SOCKET_PATH_MAX) continue;
    try {
      return runFolder(run.ledger, parent, runId);
    } catch (error) {
      if (parent === last) throw error;
    }
  }
  return runFolder(run.ledger, last, runId);
}

/**
 * A template may have been made by another user than the one who serves it; the server insists on owning its data.
 * @param what `folder`: it is empty, and there is no program to be started for what is in it
 */
export async function ownedBy(
  run: RunContext,
  { runAs }: Engine,
  path: string,
  what: 'tree' | 'folder' = 'tree',
): Promise<void> {
  const wanted =
    runAs.kind === 'user' ? runAs : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { uid } = await stat(path);
  if (uid === wanted.uid || process.getuid?.() !== 0) return;
  await chown(path, wanted.uid, wanted.gid);
  if (what === 'folder') return;
  await outputOf(run, 'chown', ['-R', `${wanted.uid}:${wanted.gid}`, path], { timeout: 60_000 });
}

/**
 * From version 18 a clone of a database can share its blocks with the template, where the file system can (Btrfs, XFS).
 * Elsewhere that is slower than a plain copy (620 against 387 ms for 246 MB on ext4, measured by us), so it is tried.
 */
export async function cloningSettings(
  { major }: Engine,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  if (major < 18) return {};
  const [from, to] = [join(folder, '.probe'), join(folder, '.probe-clone')];
  try {
    await writeFile(from, 'x'.repeat(8192));
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return { file_copy_method: 'clone' };
  } catch {
    return {};
  } finally {
    await Promise.all([from, to].map((path) => rm(path, { force: true })));
  }
}
