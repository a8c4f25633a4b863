/** What of the project each test file is made of: itself and all that it imports, packages left out. */
import type { Metafile } from 'esbuild';
import type { PlannedFile } from '../../categories/index.ts';

/** Absolute path of a test file → absolute paths, sorted; nothing where its imports can't be followed. */
export type Sources = ReadonlyMap<string, readonly string[]>;

/** All in one pass; where one of them can't be read, each by itself. */
export async function sourcesOf(files: readonly Pick<PlannedFile, 'path'>[]): Promise<Sources> {
  const paths = [...new Set(files.map(({ path }) => path))];
  const all = await inputsOf(paths);
  if (all !== null) return new Map(paths.map((path) => [path, reached(all, path)]));
  const found = new Map<string, readonly string[]>();
  for (const path of paths) {
    const own = await inputsOf([path]);
    if (own !== null) found.set(path, reached(own, path));
  }
  return found;
}

async function inputsOf(paths: readonly string[]): Promise<Metafile['inputs'] | null> {
  if (paths.length === 0) return {};
  const { build } = await import('esbuild');
  try {
    const { metafile } = await build({
      entryPoints: [...paths],
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      outdir: '/',
      // Names in the metafile are relative to this.
      absWorkingDir: '/',
      preserveSymlinks: true,
      // Only who imports what is asked; nothing is made of it.
      splitting: true,
      sourcemap: false,
    });
    return metafile.inputs;
  } catch {
    return null;
  }
}

function reached(inputs: Metafile['inputs'], path: string): readonly string[] {
  const found = new Set<string>();
  const pending = [path.slice(1)];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    for (const { path: next, external } of inputs[at]?.imports ?? [])
      if (external !== true) pending.push(next);
  }
  return [...found].map((input) => `/${input}`).sort();
}
