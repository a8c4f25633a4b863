/** Whose test a file is, by its name, its imports and the package around it; and which services it talks to. Pure. */
import { posix } from 'node:path';
import { FRAMEWORKS, type FrameworkId } from './frameworks.ts';
import type { Package } from './packages.ts';
import { importsOf } from './source.ts';
import { inFolder } from './walk.ts';

const SCRIPT = /\.[cm]?[jt]sx?$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const SCRIPT_TEST = /(?:^|[._-])(?:test|spec)\.[cm]?[jt]sx?$|^test-.*\.[cm]?[jt]sx?$/;
const PYTHON_TEST = /^test_.*\.py$|_test\.py$/;
const GO_TEST = /_test\.go$/;
/** Rust's tests stand in the file that they test, or in a folder of tests: only the text says so. */
const RUST = /\.rs$/;
const RUST_TEST = /^\s*#\[(?:\w+::)*(?:test|rstest|test_case|quickcheck)\b|^\s*proptest!/m;
export const TEST_FOLDER = /(?:^|\/)(?:tests?|__tests__|specs?|e2e|integration|unit)(?=\/|$)/i;
const FIXTURE_FOLDER = /^(.*?(?:^|\/)(?:__)?(?:fixtures?|testdata|test-data|mocks?__)(?=\/))/;

export type ServiceKind = 'postgres' | 'redis';

/** What the name of a file says before it is read. */
export type Candidate =
  /** a test by its name; `framework` where the name says that too */
  | { readonly kind: 'named'; readonly framework: 'pytest' | 'go' | null }
  /** in a folder of tests, or of a language that keeps tests anywhere: only its text can say whether it is one */
  | { readonly kind: 'placed' }
  /** looks like a test and is what a test works on */
  | { readonly kind: 'fixture'; readonly folder: string };

export function candidate(path: string): Candidate | null {
  const base = posix.basename(path);
  const framework = PYTHON_TEST.test(base) ? 'pytest' : GO_TEST.test(base) ? 'go' : null;
  const script = SCRIPT.test(base) && !DECLARATION.test(base);
  const named = framework !== null || (script && SCRIPT_TEST.test(base));
  const fixture = FIXTURE_FOLDER.exec(path)?.[1];
  if (fixture !== undefined) return named ? { kind: 'fixture', folder: fixture } : null;
  if (named) return { kind: 'named', framework };
  if (RUST.test(base)) return { kind: 'placed' };
  return script && TEST_FOLDER.test(posix.dirname(path)) ? { kind: 'placed' } : null;
}

export interface Reading {
  readonly path: string;
  readonly candidate: Exclude<Candidate, { kind: 'fixture' }>;
  readonly text: string;
  /** the package around the file first */
  readonly packages: readonly Package[];
}

/** @returns null where the file is no test, or of no framework that is known here */
export function frameworkOf({ path, candidate, text, packages }: Reading): FrameworkId | null {
  if (candidate.kind === 'named' && candidate.framework !== null) return candidate.framework;
  if (RUST.test(path))
    return RUST_TEST.test(text) && packages.some(({ frameworks }) => frameworks.has('cargo'))
      ? 'cargo'
      : null;
  const imports = importsOf(text, path);
  const imported = imports.flatMap(
    (name) => FRAMEWORKS.find((framework) => framework.imports.includes(name))?.id ?? [],
  )[0];
  // A helper in a folder of tests may import the framework too; a test calls it at the beginning of a line.
  const declares = candidate.kind === 'named' ? declaresSomewhere(text) : declaresAtTop(text);
  if (imported !== undefined) return candidate.kind === 'named' || declares ? imported : null;
  if (!declares || imports.some((name) => OTHERS.includes(name))) return null;
  return withoutImport(path, packages);
}

/** Frameworks that nobody here knows: their files are no one else's either. */
const OTHERS = ['ava', 'tape', 'tap', 'uvu', 'bun:test', 'cypress', '@japa/runner', 'qunit', 'zora'];

const DECLARE = 'describe|context|it|test|suite|specify';
const declaresSomewhere = (text: string): boolean =>
  new RegExp(`(?:^|[\\s;{}(])(?:${DECLARE})(?:\\.\\w+)*\\s*[(\`]`).test(text);

function declaresAtTop(text: string): boolean {
  const own = [...text.matchAll(/^(?:import|const)\s+(\w+)\s*(?:,[^;\n]*)?(?:from|=\s*require)\b/gm)];
  const names = own.map((match) => match[1] ?? '').join('|');
  const called = names === '' ? DECLARE : `${DECLARE}|${names}`;
  return new RegExp(`^(?:(?:await|void)\\s+)?(?:${called})(?:\\.\\w+)*\\s*[(\`]`, 'm').test(text);
}

/** Functions that came from nowhere, or through a module of the project's own. */
function withoutImport(path: string, packages: readonly Package[]): FrameworkId | null {
  for (const { frameworks, browserTests } of packages) {
    const browser = browserTests.some((folder) => inFolder(folder, path));
    if (browser || (frameworks.has('playwright') && browserTests.length === 0 && isEndToEnd(path))) {
      return 'playwright';
    }
    const found = FRAMEWORKS.find(({ id, globals }) => globals && frameworks.has(id));
    if (found !== undefined) return found.id;
    if (frameworks.has('node')) return 'node';
  }
  return null;
}

const isEndToEnd = (path: string): boolean => /(?:^|[/._-])(?:e2e|end[-_]to[-_]end)(?=[/._-]|$)/i.test(path);

export type CategoryName = 'unit' | 'integration' | 'e2e';

/** By the path, for that is where people say it; a browser test is always the whole product's. */
export function categoryOf(path: string, framework: FrameworkId): CategoryName {
  if (framework === 'playwright' || isEndToEnd(path)) return 'e2e';
  const integration = framework === 'cargo' ? /(?:^|\/)tests\// : /(?:^|[/._-])integration(?=[/._-]|$)/i;
  return integration.test(path) ? 'integration' : 'unit';
}

const DRIVERS: Readonly<Record<ServiceKind, readonly string[]>> = {
  postgres: ['pg', 'postgres', 'pg-promise', 'psycopg', 'psycopg2', 'asyncpg'],
  redis: ['ioredis', 'redis', 'bullmq'],
};
const VARIABLES: Readonly<Record<ServiceKind, RegExp>> = {
  // A test that only sets the variable needs no server behind it.
  postgres: /\bDATABASE_URL\b(?!["'\]]*\s*[:=][^=])/,
  redis: /\bREDIS_URL\b(?!["'\]]*\s*[:=][^=])/,
};
const VARIABLE_NAMES = { postgres: 'DATABASE_URL', redis: 'REDIS_URL' } as const;

/** Services that the text talks to, each with the word that says so: `DATABASE_URL`, `pg`. */
export function mentionsOf(text: string, path: string): ReadonlyMap<ServiceKind, string> {
  const imports = importsOf(text, path);
  const found = new Map<ServiceKind, string>();
  for (const kind of ['postgres', 'redis'] as const) {
    const driver = DRIVERS[kind].find((name) => imports.includes(name));
    if (VARIABLES[kind].test(text)) found.set(kind, VARIABLE_NAMES[kind]);
    else if (driver !== undefined) found.set(kind, driver);
  }
  return found;
}
