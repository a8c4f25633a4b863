/** One walk over a project: every file that could matter, as paths relative to it with "/", in order. */
import { posix } from 'node:path';
import { glob } from 'tinyglobby';

export interface Walked {
  /** without what begins with a dot, but for Mocha's settings */
  readonly files: readonly string[];
  /** folders that were not looked into although the runner's own listing would: build output and other people's code */
  readonly closed: readonly string[];
}

/** The runner never looks there either. */
const FOREIGN = ['node_modules', 'dist'];
const CLOSED = ['build', 'target', 'vendor', 'venv', 'virtualenv', 'coverage', 'bower_components'];
const EMPTY_OF_TESTS = ['__pycache__', 'site-packages'];

export async function walk(folder: string): Promise<Walked> {
  const found = await glob(['**/*', '**/.mocharc*'], {
    cwd: folder,
    // The folder itself is reported and what is in it is not: that is how a closed one is known.
    ignore: [`**/{${[...FOREIGN, ...CLOSED, ...EMPTY_OF_TESTS].join(',')}}/**/*`],
    onlyFiles: false,
    followSymbolicLinks: false,
    expandDirectories: false,
  });
  const folders = found.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
  return {
    files: found.filter((path) => !path.endsWith('/')).sort(byText),
    closed: folders.filter((path) => CLOSED.includes(posix.basename(path))).sort(byText),
  };
}

/** By code unit, never by locale: the same draft on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `''` for what lies at the top. */
export function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/** The folder, the one around it, and so on to the top. */
export function upward(folder: string): readonly string[] {
  return folder === '' ? [''] : [folder, ...upward(folderOf(folder))];
}

export const inFolder = (folder: string, path: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);
