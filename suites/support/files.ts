/** Files of a test's own, in a directory that is removed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directories = new Set<string>();

/** Writes `NAME=value` lines. @returns the file's path */
export async function variablesFile(variables: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'variables-'));
  directories.add(directory);
  const file = join(directory, 'service.env');
  await writeFile(
    file,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return file;
}

/** For `after`. */
export async function removeFiles(): Promise<void> {
  await Promise.all([...directories].map((directory) => rm(directory, { recursive: true, force: true })));
  directories.clear();
}
