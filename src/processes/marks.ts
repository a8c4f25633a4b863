/** The mark of a run on every process that it started, by which those are found that left every group we know. */
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { ProcessIdentity } from './identity.ts';
import { hasEnded, type ProcessStat, processIds, statOf } from './stat.ts';

/** The variable that every service and test of a run has, and whatever they start unless they take it away. */
export const MARK = 'RUNNER_SERVICE_OF';

export const markOf = (runId: string): string => `${MARK}=${runId}`;

export interface FoundProcess extends ProcessIdentity {
  readonly group: number;
  readonly command: string;
}

/**
 * Living processes that carry a mark of ours though they left every group we know: the run id in their environment, or
 * a working folder inside one of the run's folders (Postgres overwrites its environment, but works in its data folder).
 * Empty where there is no /proc.
 */
export function findMarked(runId: string, directories: readonly string[]): FoundProcess[] {
  const mark = markOf(runId);
  return processIds().flatMap((pid) => {
    // Read first: whoever has this number afterwards has another start time, and is not killed for this one's mark.
    const stat = statOf(pid);
    if (stat === null || hasEnded(stat) || pid === process.pid) return [];
    if (!(hasMark(pid, mark) || worksIn(pid, directories))) return [];
    const { startTime, group, command } = stat;
    return [{ pid, startTime, group, command }];
  });
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function worksIn(pid: number, directories: readonly string[]): boolean {
  if (directories.length === 0) return false;
  const folder = workingFolder(pid)?.path;
  if (folder === undefined) return false;
  return directories.some((directory) => folder === directory || folder.startsWith(`${directory}/`));
}

interface WorkingFolder {
  readonly path: string;
  readonly removed: boolean;
}

/** What the system adds to the name of a folder that is no more. */
const REMOVED = ' (deleted)';

/** null where it can't be told */
function workingFolder(pid: number): WorkingFolder | null {
  try {
    const link = readlinkSync(`/proc/${pid}/cwd`);
    const removed = link.endsWith(REMOVED) && !existsSync(link);
    return { path: removed ? link.slice(0, -REMOVED.length) : link, removed };
  } catch {
    return null;
  }
}

/**
 * Living processes of this user that work in a removed folder and have lost whoever started them: no terminal, and no
 * living process of Node among those that they come from. What they are is for the caller to say.
 * @param accepts told the folder, absolute
 */
export function findOrphansIn(accepts: (folder: string) => boolean): FoundProcess[] {
  const user = process.getuid?.();
  return processIds().flatMap((pid) => {
    const stat = statOf(pid);
    if (stat === null || hasEnded(stat) || stat.onTerminal || pid === process.pid) return [];
    const folder = workingFolder(pid);
    if (folder === null || !folder.removed || !accepts(folder.path)) return [];
    if (ownerOf(pid) !== user || !inOurNamespace(pid) || comesFromNode(stat)) return [];
    const { startTime, group, command } = stat;
    return [{ pid, startTime, group, command }];
  });
}

function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function inOurNamespace(pid: number): boolean {
  const of = (whose: number | 'self'): string => readlinkSync(`/proc/${whose}/ns/pid`);
  try {
    return of(pid) === of('self');
  } catch {
    return false;
  }
}

/** The system's first process takes over whoever was left alone, so it says nothing, Node or not. */
function comesFromNode({ parent }: ProcessStat): boolean {
  const above = parent > 1 ? statOf(parent) : null;
  if (above === null) return false;
  return programOf(parent) === process.execPath || above.command === 'node' || comesFromNode(above);
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}
