/** The packages of a project: the folders that have a manifest of their own, what they depend on and what tests them. */
import { posix } from 'node:path';
import * as z from 'zod';
import { FRAMEWORKS, type Framework, type FrameworkId } from './frameworks.ts';
import type { Source } from './source.ts';
import { folderOf, upward } from './walk.ts';

export interface Package {
  /** relative to the project; `''` is its top */
  readonly folder: string;
  readonly name: string | null;
  /** name of a dependency → the manifest that names it */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly frameworks: ReadonlySet<FrameworkId>;
  /** folders, relative to the project, that a playwright.config names as `testDir` */
  readonly browserTests: readonly string[];
}

export interface Packages {
  /** by folder, the top first */
  readonly all: ReadonlyMap<string, Package>;
  /** manifests that can't be read */
  readonly unread: readonly string[];
}

const texts = z.record(z.string(), z.string()).catch({});
const manifest = z.looseObject({
  name: z.string().optional().catch(undefined),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
  peerDependencies: texts.optional(),
  optionalDependencies: texts.optional(),
  scripts: texts.optional(),
});

const PYTHON_MANIFEST =
  /^(?:pyproject\.toml|setup\.py|setup\.cfg|tox\.ini|pytest\.ini|Pipfile|requirements[\w.-]*\.txt)$/;
/** Python packages that a draft asks about. */
const PYTHON_NAMES = ['pytest', 'psycopg', 'psycopg2', 'psycopg2-binary', 'asyncpg', 'sqlalchemy', 'redis'];

interface Draft {
  name: string | null;
  readonly dependencies: Map<string, string>;
  scripts: Readonly<Record<string, string>>;
  readonly frameworks: Set<FrameworkId>;
  readonly browserTests: string[];
}

export function packagesOf(files: readonly string[], source: Source): Packages {
  const drafts = new Map<string, Draft>();
  const unread: string[] = [];
  const at = (folder: string): Draft => {
    const known = drafts.get(folder);
    if (known !== undefined) return known;
    const made: Draft = {
      name: null,
      dependencies: new Map(),
      scripts: {},
      frameworks: new Set(),
      browserTests: [],
    };
    drafts.set(folder, made);
    return made;
  };
  at('');
  for (const path of files) {
    const base = posix.basename(path);
    if (base === 'package.json') {
      const text = source.read(path);
      if (text === null || !readManifest(text, path, at)) unread.push(path);
    } else if (PYTHON_MANIFEST.test(base)) readPython(source.read(path) ?? '', path, at);
    else if (base === 'go.mod') at(folderOf(path)).frameworks.add('go');
    else if (base === 'Cargo.toml') readCargo(source.read(path) ?? '', at(folderOf(path)));
  }
  // A configuration file speaks for the package around it, so all packages come first.
  for (const path of files) {
    const base = posix.basename(path);
    const framework = FRAMEWORKS.find(({ configs }) => configs?.test(base) === true);
    if (framework === undefined) continue;
    const owner = ownerOf(drafts, folderOf(path));
    owner.frameworks.add(framework.id);
    const testDir = framework.id === 'playwright' ? testDirOf(source.read(path) ?? '') : null;
    if (testDir !== null) owner.browserTests.push(posix.join(folderOf(path), testDir));
  }
  const all = [...drafts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { all: new Map(all.map(([folder, draft]) => [folder, { folder, ...draft }])), unread };
}

/** The nearest package around a folder. */
export function ownerOf<Item>(packages: ReadonlyMap<string, Item>, folder: string): Item {
  for (const above of upward(folder)) {
    const found = packages.get(above);
    if (found !== undefined) return found;
  }
  throw new Error('the top of a project is always a package');
}

/** The package around a folder and those around that one: dependencies of a workspace often stand at its top. */
export function chainOf(packages: ReadonlyMap<string, Package>, folder: string): readonly Package[] {
  return upward(folder).flatMap((above) => packages.get(above) ?? []);
}

function readManifest(text: string, path: string, at: (folder: string) => Draft): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  const parsed = manifest.safeParse(value);
  if (!parsed.success) return false;
  const { name, scripts = {}, ...rest } = parsed.data;
  const lists = [rest.dependencies, rest.devDependencies, rest.peerDependencies, rest.optionalDependencies];
  const names = lists.flatMap((list) => Object.keys(list ?? {}));
  // `{ "type": "commonjs" }` only says how to read the files beside it.
  if (name === undefined && names.length === 0 && Object.keys(scripts).length === 0) return true;
  const draft = at(folderOf(path));
  draft.name ??= name ?? null;
  draft.scripts = scripts;
  for (const one of names) draft.dependencies.set(one, path);
  const uses = ({ dependencies, keys, script }: Framework): boolean =>
    dependencies.some((one) => names.includes(one)) ||
    keys.some((key) => rest[key] !== undefined) ||
    Object.values(scripts).some((one) => script?.test(one) === true);
  for (const framework of FRAMEWORKS) if (uses(framework)) draft.frameworks.add(framework.id);
  return true;
}

/** By the look of the text: these files come in four formats, and only a few names are asked about. */
function readPython(text: string, path: string, at: (folder: string) => Draft): void {
  const draft = at(folderOf(path));
  for (const name of PYTHON_NAMES) {
    const named = new RegExp(`(?:^|["'\\s])${name}(?:\\[[\\w,-]*\\])?\\s*(?:[<>=~!;,"']|$)`, 'im');
    if (named.test(text)) draft.dependencies.set(`python:${name}`, path);
  }
  if (path.endsWith('pyproject.toml')) {
    const name = /^\[(?:project|tool\.poetry)\][^[]*?^name\s*=\s*["']([^"'\n]+)["']/ms.exec(text)?.[1];
    draft.name ??= name ?? null;
  }
  if (/^\[(?:tool[.:])?pytest\b/m.test(text) || draft.dependencies.has('python:pytest')) {
    draft.frameworks.add('pytest');
  }
}

function readCargo(text: string, draft: Draft): void {
  draft.frameworks.add('cargo');
  draft.name ??= /^\[package\][^[]*?^name\s*=\s*"([^"\n]+)"/ms.exec(text)?.[1] ?? null;
}

const testDirOf = (text: string): string | null =>
  /\btestDir\s*:\s*["'`]([^"'`\n$]+)["'`]/.exec(text)?.[1] ?? null;
