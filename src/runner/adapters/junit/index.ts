/**
 * Any program that writes JUnit XML. Only reports of this very run count: what lay there before and has not changed is
 * somebody else's. The end marker is a report that is there and whole.
 */
import { statSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import type { PlannedFile } from '../../../categories/index.ts';
import { ok } from '../../../events/index.ts';
import type { Adapter, FileAccount, Place, TestListener } from '../adapter.ts';
import { commandOf, ignoreStream, launchOf, reportIn, SILENT, wantedBy } from '../command.ts';
import { readReport } from './read.ts';

export const junit: Adapter = {
  name: 'junit',
  discover: null,
  lines: 'unsupported',

  prepare: async () =>
    ok({
      launch: (file, place) => {
        const before = marks(file, place);
        return ok(
          launchOf(file, commandOf(file, place), {
            read: ignoreStream,
            conclude: (_ended, listener) => {
              const fresh = [...marks(file, place)].filter(([path, mark]) => before.get(path) !== mark);
              return conclude(
                file,
                fresh.map(([path]) => path),
                listener,
              );
            },
          }),
        );
      },
      dispose: async () => {},
    }),
};

async function conclude(
  file: PlannedFile,
  reports: readonly string[],
  listener: TestListener,
): Promise<FileAccount> {
  if (reports.length === 0) {
    const where = file.command.report.length === 0 ? '' : ` at ${file.command.report.join(', ')}`;
    return { ...SILENT, whole: { kind: 'unfinished', words: `it wrote no report${where}` } };
  }
  const wanted = wantedBy(file);
  let reported = 0;
  let filtered = 0;
  for (const report of [...reports].sort()) {
    const read = await readReport(report, file.command.cwd);
    for (const test of read.tests) {
      if (wanted(test.path)) listener.finished(test);
      else filtered += 1;
    }
    reported += read.tests.length;
    if (read.problem !== null) {
      const words = `its report ${report} ${read.problem}`;
      return { ...SILENT, reported, filtered, whole: { kind: 'unfinished', words } };
    }
  }
  const account = { ...SILENT, planned: reported, reported, filtered };
  return reported === 0 ? { ...account, whole: { kind: 'empty' } } : account;
}

/** Reports by path, each with what changes when it is written again. */
function marks(file: PlannedFile, place: Place): ReadonlyMap<string, string> {
  const paths =
    file.command.report.length === 0
      ? [reportIn(place)]
      : globSync([...file.command.report], {
          cwd: file.command.cwd,
          absolute: true,
          expandDirectories: false,
          dot: true,
        });
  return new Map(
    paths.flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false, bigint: true });
      return found === undefined ? [] : [[path, `${found.ino} ${found.size} ${found.mtimeNs}`] as const];
    }),
  );
}
