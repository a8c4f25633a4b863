/**
 * Which module loads which, as esbuild resolves them; nothing is built and nothing is run. Packages in `node_modules` are
 * left out, linked ones of the project are followed. An import of a file that is not there is kept by its name, so that
 * a deleted file still leads to who imports it. What is loaded by a computed name, read or started is not in it.
 */
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import type { BuildFailure, Loader, Plugin } from 'esbuild';

export interface ImportGraph {
  /**
   * @param changed absolute
   * @returns entries that lead to one of them, each with those that it leads to, both as they were given
   */
  reaching(changed: readonly string[]): ReadonlyMap<string, readonly string[]>;
  /** entries that lead to a file which can't be read, with that file: what it imports is not known */
  readonly unclear: ReadonlyMap<string, string>;
}

/** @param entries absolute paths of modules; what is not there is passed over */
export async function importGraph(entries: readonly string[]): Promise<ImportGraph> {
  const real = new Map(entries.filter((entry) => existsSync(entry)).map((entry) => [realPath(entry), entry]));
  const importers = new Map<string, Set<string>>();
  const broken = await readImports([...real.keys()], importers);
  const entriesOf = (from: readonly string[]): readonly string[] =>
    [...above(from, importers)].flatMap((path) => real.get(path) ?? []);
  const reaching = (changed: readonly string[]): ReadonlyMap<string, readonly string[]> => {
    const found = new Map<string, string[]>();
    for (const file of changed) {
      for (const entry of entriesOf([realPath(file), ...missingNames(realPath(file))]))
        found.set(entry, [...(found.get(entry) ?? []), file]);
    }
    return found;
  };
  const unclear = new Map(
    [...broken].flatMap((file) => entriesOf([file]).map((entry) => [entry, file] as const)),
  );
  return { reaching, unclear };
}

/** Also of what is not there any more: as real as its folder. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
}

/** Everything that loads one of them, in one step or many, and they themselves. */
function above(
  from: readonly string[],
  importers: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const seen = new Set(from);
  const queue = [...from];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const importer of importers.get(path) ?? []) {
      if (seen.has(importer)) continue;
      seen.add(importer);
      queue.push(importer);
    }
  }
  return seen;
}

/** Fills in who imports what. @returns files that could not be read */
async function readImports(
  entries: readonly string[],
  importers: Map<string, Set<string>>,
): Promise<ReadonlySet<string>> {
  if (entries.length === 0) return new Set();
  const { build } = await import('esbuild');
  const add = (path: string, importer: string): void => {
    importers.set(path, (importers.get(path) ?? new Set()).add(importer));
  };
  try {
    await build({
      entryPoints: [...entries, NOTHING_MORE],
      outdir: join(sep, 'nowhere'),
      write: false,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'esnext',
      logLevel: 'silent',
      logLimit: 0,
      absWorkingDir: '/',
      jsx: 'preserve',
      treeShaking: false,
      conditions: ['node-addons'],
      mainFields: ['main'],
      plugins: [follow(add)],
    });
    return new Set();
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return new Set(
      error.errors.flatMap(({ location }) => (location === null ? [] : [resolve('/', location.file)])),
    );
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);

const RESOLVING = Symbol('resolving');
/** An entry that can't be: all modules are read, and with an error among them nothing is linked or printed. */
const NOTHING_MORE = 'runner:nothing-more';
const LOADERS: Readonly<Record<string, Loader>> = {
  '.js': 'jsx',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
};

function follow(add: (path: string, importer: string) => void): Plugin {
  return {
    name: 'follow-imports',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.path === NOTHING_MORE) return { errors: [{ text: 'nothing is to be built' }] };
        if (args.pluginData === RESOLVING || args.kind === 'entry-point') return undefined;
        if (args.path.startsWith('node:')) return { path: args.path, external: true };
        const { path, errors, external } = await build.resolve(args.path, {
          kind: args.kind,
          importer: args.importer,
          resolveDir: args.resolveDir,
          pluginData: RESOLVING,
        });
        if (errors.length > 0 || external) {
          if (args.path.startsWith('.') || args.path.startsWith('/'))
            add(missing(resolve(args.resolveDir, args.path)), args.importer);
          return { path: args.path, external: true };
        }
        if (path.includes(`${sep}node_modules${sep}`)) return { path, external: true };
        add(path, args.importer);
        return { path };
      });
      build.onLoad({ filter: /.*/ }, async ({ path }) => {
        const loader = LOADERS[extname(path)];
        // Styles, data and pictures lead no further.
        if (loader === undefined) return { contents: '', loader: 'empty' };
        return { contents: await readFile(path, 'utf8'), loader };
      });
    },
  };
}

/** A module that is not there may be imported with its extension, with that of what it is compiled to, or without. */
const missing = (path: string): string => `missing:${withoutExtension(path)}`;

const missingNames = (path: string): readonly string[] => {
  const names = [missing(path)];
  if (withoutExtension(basename(path)) === 'index') names.push(missing(dirname(path)));
  return names;
};

const withoutExtension = (path: string): string => path.replace(/\.[cm]?[jt]sx?$/, '');
