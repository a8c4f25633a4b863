/** `.runner/` of the registry's folder: runs and caches, made when first needed and kept out of version control. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordsFolder } from '../config/index.ts';

/** Makes `.runner/<parts…>`. @returns its absolute path @throws where nothing can be written to */
export function projectFolder(root: string, ...parts: readonly string[]): string {
  const folder = join(recordsFolder(root), ...parts);
  mkdirSync(folder, { recursive: true });
  const ignore = join(recordsFolder(root), '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return folder;
}
