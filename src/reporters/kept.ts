/** Databases of failed attempts that outlive the run: the commands that open and remove them. */
import { type EventOf, shortId } from '../events/index.ts';
import type { FileResult, Summary } from './summary.ts';
import { near } from './text.ts';

type Kept = Pick<EventOf<'database.kept'>, 'runId' | 'database' | 'serviceFile'>;

/** @param cwd absolute; where the command will be typed */
export function openCommand({ runId, database, serviceFile }: Kept, cwd: string): string {
  if (serviceFile === null) return `runner kept open ${shortId(runId)}`;
  return `PGSERVICEFILE=${shellWord(near(serviceFile, cwd))} psql service=${database}`;
}

export const removeCommand = ({ runId }: Pick<Kept, 'runId'>): string =>
  `runner kept remove ${shortId(runId)}`;

/** Of a failed file, as lines: how each is opened, and how all of the run are removed. */
export function keptLines({ kept }: FileResult, { started }: Summary): readonly string[] {
  const [first] = kept;
  if (first === undefined) return [];
  const opened = kept.map((one) => `database kept: ${openCommand(one, started?.root ?? '/')}`);
  return [...new Set(opened), `remove it: ${removeCommand(first)}`];
}

/** Commands take the last part of a run's id. */

/** As a shell takes it for one word. */
export const shellWord = (text: string): string =>
  /[^\w@%+=:,./-]/.test(text) ? `'${text.replace(/'/g, `'\\''`)}'` : text;
