/** Which files the suites claim, and which test files nobody does. The only part of this room that walks the disk. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import {
  type ClaimedFile,
  type Config,
  type Diagnostic,
  diagnosticAt,
  type SuiteConfig,
} from '../config/index.ts';
import { type FileId, fileId } from '../events/index.ts';
import { byText } from './order.ts';

/** A suite whose globs match nothing: most likely a mistake, yet no reason to stop. */
export interface EmptySuite {
  readonly suite: string;
  readonly globs: readonly string[];
}

export interface Discovery {
  /** in the order of their ids, each id once */
  readonly claimed: readonly ClaimedFile[];
  /** files that look like tests, are nobody's and are not ignored, in order */
  readonly orphans: readonly FileId[];
  /** files that two suites claim, one diagnostic for each pair of suites */
  readonly conflicts: readonly Diagnostic[];
  readonly emptySuites: readonly EmptySuite[];
}

/** What the test frameworks take for tests by default, whether this version runs them or not. */
const TEST_LIKE = [
  '**/*.{test,spec}.{js,mjs,cjs,jsx,ts,mts,cts,tsx}',
  '**/test_*.py',
  '**/*_test.py',
  '**/*_test.go',
];
/** Nobody's own files. */
const FOREIGN = ['**/node_modules/**', '**/.git/**', '**/.runner/**'];
/** Build output: copies of tests would run twice. A glob that names the folder means it. */
const BUILT = '**/dist/**';

export function discoverFiles(config: Config): Discovery {
  const suites = [...config.suites.values()];
  const tree = treeOf(config.root);
  const found = suites.map((suite) => unitsOf(suite, tree));
  const blackBox = suites.map((suite) => filesOf(suite.blackBox, tree));
  const besides = suites.map((suite) => needsBesides(suite, tree));
  const testLike = list(TEST_LIKE, tree, [...FOREIGN, BUILT, ...config.ignore]);

  const outside = new Map(suites.map((suite, index) => [suite.name, new Set(blackBox[index])]));
  const extra = new Map(suites.map((suite, index) => [suite.name, besides[index]]));
  const owners = new Map<FileId, string>();
  const contested = new Map<string, { readonly pair: readonly [string, string]; readonly files: FileId[] }>();
  for (const [index, suite] of suites.entries()) {
    for (const id of found[index] ?? []) {
      const owner = owners.get(id);
      if (owner === undefined) {
        owners.set(id, suite.name);
        continue;
      }
      const key = `${owner} ${suite.name}`;
      const contest = contested.get(key) ?? { pair: [owner, suite.name] as const, files: [] };
      contest.files.push(id);
      contested.set(key, contest);
    }
  }

  return {
    claimed: [...owners]
      .map(([id, suite]) => ({
        id,
        path: pathOf(id, config.suites.get(suite), config.root),
        suite,
        needs: [
          ...new Set([...(config.suites.get(suite)?.needs ?? []), ...(extra.get(suite)?.get(id) ?? [])]),
        ],
        blackBox: outside.get(suite)?.has(id) === true,
      }))
      .sort((a, b) => byText(a.id, b.id)),
    orphans: testLike.filter((id) => !owners.has(id)),
    conflicts: [...contested.values()].map(({ pair, files }) => conflict(config, pair, files)),
    emptySuites: suites
      .filter((_, index) => found[index]?.length === 0)
      .map((suite) => ({ suite: suite.name, globs: suite.files ?? [] })),
  };
}

/** What lies below the registry's folder: each folder is read once, however many globs walk through it. */
interface Tree {
  readonly root: string;
  readonly fs: { readonly readdirSync: typeof readdirSync };
}

function treeOf(root: string): Tree {
  const read = new Map<string, Dirent[]>();
  const entriesOf = (folder: string): Dirent[] => {
    const known = read.get(folder);
    if (known !== undefined) return known;
    const entries = readdirSync(folder, { withFileTypes: true });
    read.set(folder, entries);
    return entries;
  };
  // A walk asks in this one of the function's many shapes.
  return { root, fs: { readdirSync: entriesOf as unknown as typeof readdirSync } };
}

/** A suite without files is one unit, which bears its name. */
function unitsOf(suite: SuiteConfig, tree: Tree): readonly FileId[] {
  return suite.files === null ? [fileId(suite.name)] : filesOf(suite.files, tree);
}

/** Its folder is the one in which it runs. */
const pathOf = (id: FileId, suite: SuiteConfig | undefined, root: string): string =>
  join(suite?.files === null ? suite.command.cwd : root, id);

function filesOf(globs: readonly string[], tree: Tree): readonly FileId[] {
  const excluded = globs.filter((one) => one.startsWith('!')).map((one) => one.slice(1));
  const included = globs.filter((one) => !one.startsWith('!'));
  const meansBuilt = included.some((one) => one.split('/').includes('dist'));
  return list(included, tree, [...FOREIGN, ...(meansBuilt ? [] : [BUILT]), ...excluded]);
}

/** What some files of a suite need besides, by file. */
function needsBesides({ alsoNeeds }: SuiteConfig, tree: Tree): ReadonlyMap<FileId, readonly string[]> {
  const besides = new Map<FileId, readonly string[]>();
  for (const { files, needs } of alsoNeeds) {
    for (const id of filesOf([files], tree)) besides.set(id, [...(besides.get(id) ?? []), ...needs]);
  }
  return besides;
}

function list(globs: readonly string[], { root, fs }: Tree, ignore: readonly string[]): readonly FileId[] {
  const paths = globSync([...globs], {
    cwd: root,
    ignore: [...ignore],
    fs,
    // A linked folder would bring in the same file twice, under two ids.
    followSymbolicLinks: false,
    expandDirectories: false,
  });
  return paths.map(fileId).sort(byText);
}

function conflict(
  config: Config,
  [one, other]: readonly [string, string],
  files: readonly FileId[],
): Diagnostic {
  const [first = ''] = files;
  const subject = files.length === 1 ? `${first} is` : `${files.length} files are`;
  return diagnosticAt(config, ['suites', other, 'files'], {
    message: `${subject} claimed by suites "${one}" and "${other}"`,
    hint:
      files.length === 1
        ? `exclude it from one of them: "!${first}"`
        : `exclude them from one of the two, "!${first}" first`,
  });
}
