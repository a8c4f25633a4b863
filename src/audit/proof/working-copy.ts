/**
 * A copy of the project in which a fault can be made: the user's own files are only read. Packages are linked to where they
 * are; those that are links into the project itself (workspaces) lead to the copy.
 */
import { constants, lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { Mutation } from './mutations.ts';

const PACKAGES = 'node_modules';
/** Not part of what runs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.runner', PACKAGES]);

/**
 * Copies the project and makes the change in it.
 * @param root absolute @param to absolute; not there yet, and not inside of the project
 * @throws where it can't be copied, or the text to be replaced is not there
 */
export async function mutatedCopy(root: string, to: string, { change }: Mutation): Promise<void> {
  const packages: string[] = [];
  await cp(root, to, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => {
      if (path === root) return true;
      const name = basename(path);
      if (name === PACKAGES) packages.push(path);
      if (LEFT_OUT.has(name)) return false;
      const found = lstatSync(path);
      return found.isDirectory() || found.isFile() || found.isSymbolicLink();
    },
  });
  for (const folder of packages) linkPackages(folder, { root, to });
  if (change.kind === 'switch') return;
  const path = join(to, change.file);
  const text = await readFile(path, 'utf8');
  const [before, after, ...more] = text.split(change.find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${change.file} changed meanwhile: what is to be replaced does not stand there once`);
  // In its place, not through it: what is linked there stays as it is.
  await rm(path);
  await writeFile(path, `${before}${change.replace}${after}`);
}

interface Move {
  readonly root: string;
  readonly to: string;
}

function linkPackages(folder: string, move: Move): void {
  const copy = join(move.to, relative(move.root, folder));
  mkdirSync(copy, { recursive: true });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // A scope is a folder of packages.
    if (entry.name.startsWith('@') && entry.isDirectory()) linkPackages(path, move);
    else symlinkSync(moved(path, move), join(copy, entry.name));
  }
}

/** Where a package of the copy is: of this project, and no installed one, then in the copy. */
function moved(path: string, { root, to }: Move): string {
  if (!lstatSync(path).isSymbolicLink()) return path;
  try {
    const inside = relative(realpathSync(root), realpathSync(path));
    const ours = !inside.startsWith('..') && !inside.split(sep).includes(PACKAGES);
    return ours ? join(to, inside) : path;
  } catch {
    return path; // a link to nowhere stays one
  }
}
