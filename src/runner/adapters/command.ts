/** What exec, junit and tap have in common: a command of the user's, and nothing on the event descriptor. */
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import type { PlannedFile } from '../../categories/index.ts';
import { FILE_PLACE, REPORT_PLACE } from '../../config/index.ts';
import type { FileAccount, Launch, Place, TestListener } from './adapter.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** as a person would type it; names the test where the command is one */
  readonly title: string;
}

/** Where a command writes its report whose `run` names `${report}`. */
export const reportIn = ({ tmpdir }: Place): string => join(tmpdir, 'report.xml');

/** The words of `run` with their places filled in; a file that they do not name comes last. Without them it runs itself. */
export function commandOf(file: PlannedFile, place: Place): Command {
  const path = relative(file.command.cwd, file.path);
  if (file.command.run === null) return { program: file.path, args: [], title: path };
  const named = file.wholeSuite || file.command.run.some((word) => word.includes(FILE_PLACE));
  const words = (named ? file.command.run : [...file.command.run, path]).map((word) =>
    word.replaceAll(FILE_PLACE, path),
  );
  const [program = '', ...args] = words.map((word) => word.replaceAll(REPORT_PLACE, reportIn(place)));
  return {
    program: program === 'node' ? process.execPath : program,
    args,
    title: words.join(' '),
  };
}

export const launchOf = (
  file: PlannedFile,
  { program, args }: Command,
  how: Pick<Launch, 'read' | 'conclude'>,
): Launch => ({ program, args, env: {}, cwd: file.command.cwd, bundled: false, ...how });

/** Whether `--grep` means a test: a command can't be asked for a part of its tests, so its results are sifted. */
export function wantedBy({ grep }: PlannedFile): (path: readonly string[]) => boolean {
  if (grep === null) return () => true;
  const expression = new RegExp(grep);
  return (path) => expression.test(path.join(' > '));
}

export const SILENT: FileAccount = {
  began: true,
  planned: null,
  reported: 0,
  filtered: 0,
  garbage: 0,
  notes: [],
};

/** Such a command knows nothing of the descriptor: what it writes there is nobody's. */
export async function ignoreStream(stream: Readable, _listener: TestListener): Promise<FileAccount> {
  stream.resume();
  await new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });
  return SILENT;
}
