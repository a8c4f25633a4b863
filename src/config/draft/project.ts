/** Everything that a draft is made of, read from a project's folder: one walk, and the beginning of what looks like a test. */
import { basename } from 'node:path';
import { candidate, frameworkOf, mentionsOf, type ServiceKind } from './classify.ts';
import type { FrameworkId } from './frameworks.ts';
import { chainOf, ownerOf, type Packages, packagesOf } from './packages.ts';
import { type Source, sourceOf } from './source.ts';
import type { TestFile } from './suites.ts';
import { folderOf, type Walked, walk } from './walk.ts';

export interface Project extends Walked {
  /** of the manifest at the top, else the folder's */
  readonly name: string;
  readonly packages: Packages;
  readonly tests: readonly TestFile[];
  /** look like tests by name and are of no framework that is known here */
  readonly unknown: readonly string[];
  /** folders of fixtures that hold files which look like tests */
  readonly fixtures: readonly string[];
  readonly source: Source;
}

/** @param folder absolute */
export async function readProject(folder: string): Promise<Project> {
  const walked = await walk(folder);
  const source = sourceOf(folder);
  const packages = packagesOf(walked.files, source);
  const tests: TestFile[] = [];
  const unknown: string[] = [];
  const fixtures = new Set<string>();
  for (const path of walked.files) {
    const found = candidate(path);
    if (found === null) continue;
    if (found.kind === 'fixture') {
      fixtures.add(found.folder);
      continue;
    }
    const text = source.read(path) ?? '';
    const chain = chainOf(packages.all, folderOf(path));
    const framework = frameworkOf({ path, candidate: found, text, packages: chain });
    if (framework !== null) {
      const owner = ownerOf(packages.all, folderOf(path)).folder;
      tests.push({ path, framework, folder: owner, mentions: mentionsOf(text, path) });
    } else if (found.kind === 'named' && /\.(?:test|spec)\.[^.]+$/.test(path)) unknown.push(path);
  }
  const name = packages.all.get('')?.name?.replace(/^@[^/]*\//, '') ?? basename(folder);
  return {
    ...walked,
    name: name === '' ? 'tests' : name,
    packages,
    tests,
    unknown,
    fixtures: [...fixtures],
    source,
  };
}

/** Frameworks that manifests or settings name although no test file of them was found. */
export function unusedFrameworks({ packages, tests }: Project): readonly FrameworkId[] {
  const used = new Set(tests.map(({ framework }) => framework));
  const named = new Set([...packages.all.values()].flatMap(({ frameworks }) => [...frameworks]));
  return [...named].filter((id) => !used.has(id));
}

/** Test files that talk to each service, in order. */
export function mentionsIn(tests: readonly TestFile[]): ReadonlyMap<ServiceKind, readonly string[]> {
  const of = (kind: ServiceKind) =>
    tests.filter(({ mentions }) => mentions.has(kind)).map(({ path }) => path);
  return new Map((['postgres', 'redis'] as const).map((kind) => [kind, of(kind)]));
}
