/** The mark of a run on every process that it started, by which those are found that left every group we know. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from './identity.ts';
import { hasEnded, processIds, statOf } from './stat.ts';

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
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    return directories.some((directory) => folder === directory || folder.startsWith(`${directory}/`));
  } catch {
    return false;
  }
}
