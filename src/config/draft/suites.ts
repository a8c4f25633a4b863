/** From test files to suites: one for each folder, framework and category, with globs that match exactly its files. Pure. */
import { posix } from 'node:path';
import { type CategoryName, categoryOf, type ServiceKind } from './classify.ts';
import { coverSuite, type Folder } from './cover.ts';
import { FRAMEWORKS, type Framework, type FrameworkId } from './frameworks.ts';
import { uniqueName } from './names.ts';
import { byText } from './walk.ts';

export interface TestFile {
  readonly path: string;
  readonly framework: FrameworkId;
  /** of the package that it belongs to */
  readonly folder: string;
  /** services that it talks to, each with the word that says so */
  readonly mentions: ReadonlyMap<ServiceKind, string>;
}

export interface DraftSuite {
  readonly name: string;
  /** of its package */
  readonly folder: string;
  readonly framework: Framework;
  readonly category: CategoryName;
  readonly files: readonly string[];
  readonly globs: readonly string[];
  /** each with the word that says so, and the first file that has it */
  readonly needs: readonly { readonly service: ServiceKind; readonly word: string; readonly path: string }[];
}

export const CATEGORIES: readonly CategoryName[] = ['unit', 'integration', 'e2e'];

/** By category, then framework, then folder. */
export function suitesOf(files: readonly TestFile[], tree: Folder, product: string): readonly DraftSuite[] {
  const groups = new Map<string, TestFile[]>();
  for (const file of files) {
    const key = [file.folder, file.framework, categoryOf(file.path, file.framework)].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [file]);
    else group.push(file);
  }
  const ordered = [...groups.values()]
    .map((group) => describe(group))
    .filter((group) => group !== null)
    .sort(
      (a, b) =>
        CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
        FRAMEWORKS.indexOf(a.framework) - FRAMEWORKS.indexOf(b.framework) ||
        byText(a.folder, b.folder),
    );
  const taken = new Set<string>();
  return ordered.map(({ folder, framework, category, files: own }) => ({
    name: nameOf(folder, framework, category, product, taken),
    folder,
    framework,
    category,
    files: own.map(({ path }) => path),
    globs: coverSuite(
      folderAt(tree, folder),
      own.map(({ path }) => path),
    ),
    needs: needsOf(own),
  }));
}

interface Group {
  readonly folder: string;
  readonly framework: Framework;
  readonly category: CategoryName;
  readonly files: readonly TestFile[];
}

function describe(files: readonly TestFile[]): Group | null {
  const [first] = files;
  const framework = FRAMEWORKS.find(({ id }) => id === first?.framework);
  if (first === undefined || framework === undefined) return null;
  return { folder: first.folder, framework, category: categoryOf(first.path, first.framework), files };
}

/** `api`, `api-integration`; where that is taken `services-api`, and then with the framework. */
function nameOf(
  folder: string,
  { id }: Framework,
  category: CategoryName,
  product: string,
  taken: Set<string>,
): string {
  const short = folder === '' ? product : posix.basename(folder);
  const long = folder === '' ? product : folder;
  const suffix = category === 'unit' || short.toLowerCase().includes(category) ? '' : `-${category}`;
  const names = [short + suffix, long + suffix, `${short}${suffix}-${id}`, `${long}${suffix}-${id}`];
  return uniqueName(names, `tests${suffix}`, taken);
}

function needsOf(files: readonly TestFile[]): DraftSuite['needs'] {
  return (['postgres', 'redis'] as const).flatMap((service) => {
    for (const { path, mentions } of files) {
      const word = mentions.get(service);
      if (word !== undefined) return [{ service, word, path }];
    }
    return [];
  });
}

function folderAt(tree: Folder, path: string): Folder {
  let folder = tree;
  const parts = path === '' ? [] : path.split('/');
  for (const [index] of parts.entries()) {
    folder = folder.folders.get(parts.slice(0, index + 1).join('/')) ?? folder;
  }
  return folder;
}
