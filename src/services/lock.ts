/**
 * A lock between runs, so that what is dear (a download, a migration) is done once. It saves work, it does not protect:
 * results are published by an atomic rename, so two holders do no harm beyond doing the work twice. That is why taking
 * over the lock of a dead holder may be simple.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fateOf, ownName } from '../processes/index.ts';

export interface Lock {
  release(): Promise<void>;
}

/** Waits for the lock; null when the signal came first. @throws where the folder can't be written */
export async function takeLock(path: string, signal: AbortSignal): Promise<Lock | null> {
  for (;;) {
    if (signal.aborted) return null;
    try {
      await mkdir(path);
      await writeFile(join(path, 'holder'), ownName());
      return { release: () => rm(path, { recursive: true, force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (await holderIsDead(path)) {
      const aside = `${path}.dead-${process.pid}-${Date.now()}`;
      // Renaming is what only one of several can do; where it is another user's, nobody else can at all.
      const taken = await rename(path, aside).catch((error: NodeJS.ErrnoException) => error);
      if (taken === undefined) await rm(aside, { recursive: true, force: true });
      else if (taken.code !== 'ENOENT') return { release: async () => {} };
      continue;
    }
    await sleep(50, undefined, { signal }).catch(() => {});
  }
}

async function holderIsDead(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  const holder = await readFile(join(path, 'holder'), 'utf8').catch(() => '');
  // No holder yet: it is between its mkdir and its write, or died just there.
  if (holder === '') return Date.now() - mtimeMs > 10_000;
  const fate = fateOf(holder);
  // Nobody here can see whether it lives: what it saves us is not worth waiting for it for ever.
  return fate === 'elsewhere' ? Date.now() - mtimeMs > 60_000 : fate !== 'running';
}
