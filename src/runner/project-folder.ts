/** `.runner/` in the registry's folder: runs and caches, made when first needed and kept out of version control. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes `.runner/<parts…>`. @returns its absolute path @throws where the project can't be written to */
export function projectFolder(root: string, ...parts: readonly string[]): string {
  const folder = join(root, '.runner', ...parts);
  mkdirSync(folder, { recursive: true });
  const ignore = join(root, '.runner', '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return folder;
}
