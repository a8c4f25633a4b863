/** Processes that left every group we know, found by a variable that whoever started them had. */
import { readFileSync } from 'node:fs';
import type { FoundProcess } from './marks.ts';
import { hasEnded, processIds, statOf } from './stat.ts';

/** Looks only at processes that have come to be since it was made, so that a look costs little on a busy machine. */
export class Newcomers {
  #before: ReadonlySet<number> = new Set(processIds());

  /** All of them, whatever they are. */
  ids(): readonly number[] {
    const all = processIds();
    const before = this.#before;
    // A number that is free again may be somebody else's next time.
    this.#before = new Set(all.filter((pid) => before.has(pid)));
    return all.filter((pid) => !before.has(pid));
  }

  /**
   * Living processes outside the group that have the variable, whatever became of who started them: also after `setsid` and
   * a double fork. One that emptied its environment is not found. Empty where there is no /proc.
   * @param variable `NAME=value`
   */
  having(variable: string, group: number): readonly FoundProcess[] {
    return this.ids().flatMap((pid) => {
      if (pid === process.pid) return [];
      // Read first: whoever has this number afterwards has another start time.
      const stat = statOf(pid);
      if (stat === null || hasEnded(stat) || stat.group === group || !has(pid, variable)) return [];
      const { startTime, command } = stat;
      return [{ pid, startTime, group: stat.group, command }];
    });
  }
}

function has(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
  } catch {
    return false;
  }
}
