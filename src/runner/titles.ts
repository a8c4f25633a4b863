/**
 * What only the sources know: which files hold a test that `--grep` means, and whether a test stands at a given line.
 */
import type { SelectedFile, Selection } from '../categories/index.ts';
import type { AdapterName } from '../config/index.ts';
import type { FileId } from '../events/index.ts';
import { adapters, fullName, narrow } from './adapters/index.ts';
import { TitleCache } from './title-cache.ts';

export interface Titles {
  /** tests found in the source that the filters mean; null where only a run can tell their number */
  readonly counts: ReadonlyMap<FileId, number | null>;
  /** files in which no test can match */
  readonly without: ReadonlySet<FileId>;
  /** lines that were asked for and hold no test, with the lines at which the file's tests begin */
  readonly emptyLines: readonly {
    readonly file: FileId;
    readonly line: number;
    readonly starts: readonly number[];
  }[];
}

/** Files read at a time: ten thousand at once would be in memory together. */
const AT_ONCE = 32;

/**
 * Reads every selected file that is not known by its content already; runs nothing.
 * @param root the registry's folder @param adapterOf what runs the files of a suite
 */
export async function readTitles(
  selection: Selection,
  root: string,
  adapterOf: (suite: string) => AdapterName,
): Promise<Titles> {
  const cache = new TitleCache(root);
  const counts = new Map<FileId, number | null>();
  const without = new Set<FileId>();
  const emptyLines: { file: FileId; line: number; starts: readonly number[] }[] = [];
  const look = async (file: SelectedFile): Promise<void> => {
    const { discover, lines } = adapters[adapterOf(file.suite)];
    if (discover === null) {
      counts.set(file.id, null);
      if (lines === 'unsupported')
        emptyLines.push(...file.lines.map((line) => ({ file: file.id, line, starts: [] })));
      return;
    }
    const discovery = await cache.discover(file.path);
    const { tests, emptyLines: missing } = narrow(discovery, file);
    const starts = discovery.tests.map(({ line }) => line);
    emptyLines.push(...missing.map((line) => ({ file: file.id, line, starts })));
    counts.set(file.id, discovery.dynamic ? null : tests.length);
    if (file.grep !== null && tests.length === 0 && !discovery.dynamic) without.add(file.id);
  };
  const waiting = selection.files.values();
  const reader = async (): Promise<void> => {
    for (const file of waiting) await look(file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  cache.save();
  return { counts, without, emptyLines };
}

/** Full titles (`suite > test`) of a file; `dynamic`: there may be more, which only a run can tell. */
export async function titlesOf(
  path: string,
  root: string,
): Promise<{ readonly titles: readonly string[]; readonly dynamic: boolean }> {
  const { tests, dynamic } = await new TitleCache(root).discover(path);
  return { titles: tests.map((test) => fullName(test.path)), dynamic };
}
