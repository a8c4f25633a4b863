/** How long work takes on several workers. Pure. */

/** Files that may begin once others have ended. */
export interface Stage {
  readonly name: string;
  /** stages that must have ended; one that is not there is no hindrance */
  readonly after: readonly string[];
  /** ms of each file that has not begun, in the order in which they will */
  readonly times: readonly number[];
  /** ms until the last of its files that run already will have ended; 0 where none does */
  readonly running: number;
}

/**
 * Each file in order onto the worker that is free first (Graham's list scheduling); a stage begins when those before it
 * have ended. @param busy ms until each worker is free, at least one @returns ms until the last file has ended
 */
export function listSchedule(stages: readonly Stage[], busy: readonly number[]): number {
  const free = [...busy];
  const ended = new Map<string, number>();
  for (const { name, after, times, running } of stages) {
    const begin = Math.max(0, ...after.map((before) => ended.get(before) ?? 0));
    let end = Math.max(begin, running);
    for (const time of times) {
      const worker = free.indexOf(Math.min(...free));
      const until = Math.max(free[worker] ?? 0, begin) + time;
      free[worker] = until;
      end = Math.max(end, until);
    }
    ended.set(name, end);
  }
  return Math.max(...free, ...ended.values());
}
