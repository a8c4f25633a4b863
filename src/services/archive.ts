/**
 * A folder with everything in it as one file, owners and modes included. tar(1) unpacks a cluster of 1,330 files in 85 ms
 * where cp(1) copies it in 205, with half of the processor time (measured by us): it makes a third of the system calls.
 */
import { mkdir } from 'node:fs/promises';
import type { Result } from '../events/index.ts';
import type { RunContext } from './context.ts';
import { ranQuietly } from './quietly.ts';

/** @param file must not exist */
export const pack = (run: RunContext, folder: string, file: string): Promise<Result<void, string>> =>
  ranQuietly(run, 'tar', ['-cf', file, '-C', folder, '.'], file);

/** @param folder must not exist */
export async function unpack(run: RunContext, file: string, folder: string): Promise<Result<void, string>> {
  await mkdir(folder, { mode: 0o700 });
  return ranQuietly(run, 'tar', ['-xpf', file, '-C', folder], folder);
}
