/**
 * One esbuild pass a run over all test files: shared code is split into chunks, pure dependencies are folded in, and
 * what a module can see of itself (`import.meta.url`, `__dirname`) stays what it would be without bundling.
 * In: the files. Out: the bundle of each, or the reason why it runs as it is. Nothing is run here.
 */
import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, Loader, Metafile, Plugin } from 'esbuild';
import { entriesReaching, entriesTrustingEarly, packageFolder, packagesReachedFrom } from './reach.ts';
import { trustsEarly, unfitDependency, unfitSource } from './safety.ts';

export type Bundled =
  | {
      readonly kind: 'bundled';
      readonly path: string;
      /** see `trustsEarly` */
      readonly trust: 'early' | 'late';
    }
  | { readonly kind: 'as-is'; readonly why: string };

/**
 * @param files absolute paths
 * @param outdir where bundles are written; made when missing
 * @returns one entry a file, never fewer; a file that can't be bundled is `as-is`
 */
export async function bundleFiles(
  files: readonly string[],
  outdir: string,
): Promise<ReadonlyMap<string, Bundled>> {
  const results = new Map<string, Bundled>();
  // Node, too, takes the real path of the file that it starts: a link in the path would be another module.
  const real = new Map(await Promise.all(files.map(async (file) => [await realpath(file), file] as const)));
  const named = (path: string): string => real.get(path) ?? path;
  const asIs = (path: string, why: string): void => void results.set(named(path), { kind: 'as-is', why });

  let entries = [...real.keys()];
  const external = new Set<string>();
  let resolving: Resolving = "esbuild's";
  // Each round finds what can't be bundled and leaves it out of the next. One round is the rule.
  for (let round = 0; entries.length > 0 && round < MOST_ROUNDS; round += 1) {
    const pass = await onePass(entries, outdir, { external, resolving });
    if (pass.kind === 'failed' && resolving === "esbuild's") {
      resolving = 'ours';
      continue;
    }
    if (pass.kind === 'failed') {
      const blamed = await blame(entries, pass.failure, outdir, external);
      for (const [file, why] of blamed) asIs(file, why);
      entries = entries.filter((file) => !blamed.has(file));
      continue;
    }
    const known = external.size;
    for (const name of pass.newExternals) external.add(name);
    if (external.size > 0) resolving = 'ours';
    const unfit = entriesReaching(pass.metafile, entries, pass.unfit);
    for (const [file, why] of unfit) asIs(file, why);
    entries = entries.filter((file) => !unfit.has(file));
    if (unfit.size > 0 || external.size > known) continue;
    const early = entriesTrustingEarly(pass.metafile, entries, pass.early);
    for (const [file, path] of pass.outputs)
      results.set(named(file), { kind: 'bundled', path, trust: early.has(file) ? 'early' : 'late' });
    return results;
  }
  for (const file of entries) asIs(file, 'bundling did not settle');
  return results;
}

const MOST_ROUNDS = 8;

/**
 * Who finds packages. Asking for each import takes longer than all else, so esbuild looks by itself until there is something
 * that it can't find or read, or that has to stay outside.
 */
type Resolving = "esbuild's" | 'ours';

interface Outside {
  /** package folders */
  readonly external: ReadonlySet<string>;
  readonly resolving: Resolving;
}

type Pass =
  | { readonly kind: 'failed'; readonly failure: BuildFailure }
  | {
      readonly kind: 'done';
      readonly metafile: Metafile;
      readonly outputs: ReadonlyMap<string, string>;
      /** user files that must run as they are, with the reason */
      readonly unfit: ReadonlyMap<string, string>;
      /** inputs that speak against late trust */
      readonly early: ReadonlySet<string>;
      /** package folders that must stay outside, with everything that they load */
      readonly newExternals: readonly string[];
    };

async function onePass(entries: readonly string[], outdir: string, outside: Outside): Promise<Pass> {
  const { build } = await import('esbuild');
  const unfit = new Map<string, string>();
  const unfitPackages = new Set<string>();
  const early = new Set<string>();
  const names = new Map(entries.map((file, at) => [`f${at}`, file]));
  try {
    const { metafile } = await build({
      entryPoints: Object.fromEntries(names),
      outdir,
      outExtension: { '.js': '.mjs' },
      chunkNames: 'shared-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: `node${process.versions.node}`,
      // Node's own conditions and main field: what is bundled is what Node would have loaded.
      conditions: ['node-addons'],
      mainFields: ['main'],
      sourcemap: 'linked',
      sourcesContent: false,
      keepNames: false,
      metafile: true,
      logLevel: 'silent',
      absWorkingDir: '/',
      // CommonJS dependencies call require() for Node's own modules and for packages that stay outside.
      banner: {
        js: "import{createRequire as __runner_cr}from'node:module';const require=__runner_cr(import.meta.url);",
      },
      define: {
        'import.meta.url': '__runner_url',
        'import.meta.dirname': '__runner_dirname',
        'import.meta.filename': '__runner_filename',
        __dirname: '__runner_dirname',
        __filename: '__runner_filename',
      },
      plugins: [keepMeaning({ unfit, unfitPackages, early, ...outside })],
    });
    const outputs = new Map<string, string>();
    for (const [name, file] of names) outputs.set(file, join(outdir, `${name}.mjs`));
    return {
      kind: 'done',
      metafile,
      outputs,
      unfit,
      early,
      newExternals: packagesReachedFrom(metafile, unfitPackages),
    };
  } catch (error) {
    if (isBuildFailure(error)) return { kind: 'failed', failure: error };
    throw error;
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors);

interface Findings extends Outside {
  readonly unfit: Map<string, string>;
  readonly unfitPackages: Set<string>;
  readonly early: Set<string>;
}

function keepMeaning({ unfit, unfitPackages, early, external, resolving }: Findings): Plugin {
  return {
    name: 'keep-meaning',
    setup(build) {
      build.onResolve({ filter: resolving === 'ours' ? /^[^./]/ : /^[^./].*\.node$/ }, async (args) => {
        if (args.pluginData === RESOLVING || args.kind === 'entry-point' || args.path.startsWith('node:'))
          return undefined;
        const found = await build.resolve(args.path, {
          kind: args.kind,
          importer: args.importer,
          resolveDir: args.resolveDir,
          pluginData: RESOLVING,
        });
        if (found.errors.length > 0 || found.external) {
          // A missing optional dependency: whoever requires it in a try block expects Node's own error at run time.
          return args.kind === 'require-call' ? { path: args.path, external: true } : undefined;
        }
        const folder = packageFolder(found.path);
        const outside = found.path.endsWith('.node') || (folder !== null && external.has(folder));
        return outside ? { path: outsidePath(found.path, args.kind), external: true } : undefined;
      });
      build.onResolve({ filter: /\.node$/ }, (args) =>
        args.kind === 'entry-point'
          ? undefined
          : { path: resolve(args.resolveDir, args.path), external: true },
      );
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (trustsEarly(text)) early.add(path);
        const folder = packageFolder(path);
        const loader = LOADERS[extname(path)] ?? 'js';
        if (folder !== null) {
          if (unfitDependency(text)) unfitPackages.add(folder);
          return { contents: `${withNavigator(withOwnPlace(text, path), path)}\n${coarseMap(path)}`, loader };
        }
        const why = unfitSource(text);
        if (why !== null) unfit.set(path, why);
        return { contents: withOwnPlace(text, path), loader };
      });
    },
  };
}

const RESOLVING = Symbol('resolving');
/**
 * A map with a single mapping: frames of a dependency keep their file and lose their line. Node reads the whole map at
 * the start of every process, and dependencies would be nine tenths of it (`npm run bench:bundle` has the figures).
 */
function coarseMap(path: string): string {
  const map = JSON.stringify({ version: 3, sources: [basename(path)], names: [], mappings: 'AAAA' });
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;
}

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** Gives a module that asks for its own place the answer that it would get unbundled. Keeps line numbers. */
function withOwnPlace(text: string, path: string): string {
  if (!/\bimport\.meta\b|\b__(?:dirname|filename)\b/.test(text)) return text;
  const place = [
    `__runner_url=${JSON.stringify(pathToFileURL(path).href)}`,
    `__runner_dirname=${JSON.stringify(dirname(path))}`,
    `__runner_filename=${JSON.stringify(path)}`,
  ].join(',');
  return `const ${place};${text.startsWith('#!') ? `//${text}` : text}`;
}

/**
 * pg asks when it loads whether this is a Cloudflare Worker: `navigator` says, and where there is none, as in Node 20, a
 * `Response` is made to see, which loads undici: a sixth of what a small test file costs. It gets the answer of Node 21.
 */
function withNavigator(text: string, path: string): string {
  if (!path.endsWith(PG_STREAM)) return text;
  return `const navigator=globalThis.navigator??{userAgent:'Node.js'};${text}`;
}

const PG_STREAM = join('node_modules', 'pg', 'lib', 'stream.js');

/** `require()` takes a path, `import` a URL: bundles lie elsewhere, so a bare name would not be found from there. */
const outsidePath = (path: string, kind: string): string =>
  kind === 'require-call' || kind === 'require-resolve' ? path : pathToFileURL(path).href;

/** Which entries the errors belong to. Only a broken file that is no entry itself makes this look at each entry. */
async function blame(
  entries: readonly string[],
  failure: BuildFailure,
  outdir: string,
  external: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const blamed = new Map<string, string>();
  for (const { text, location } of failure.errors) {
    const file = location === null ? null : `/${location.file.replace(/^\//, '')}`;
    if (file !== null && entries.includes(file)) blamed.set(file, words(text));
  }
  if (blamed.size > 0) return blamed;
  for (const entry of entries) {
    const alone = await onePass([entry], join(outdir, 'alone'), { external, resolving: 'ours' });
    if (alone.kind === 'failed')
      blamed.set(entry, words(alone.failure.errors[0]?.text ?? 'it could not be bundled'));
  }
  if (blamed.size === 0) for (const entry of entries) blamed.set(entry, words(failure.message));
  return blamed;
}

const words = (text: string): string => text.split('\n')[0] ?? text;
