/** How many files run at a time, as the registry says it → a number of at least 1 on this machine. */
import { availableParallelism } from 'node:os';

/** @param asked `auto`, a number, or a share of the cores such as `50%` */
export function workersOf(asked: number | string): number {
  if (typeof asked === 'number') return asked;
  const cores = availableParallelism();
  return asked === 'auto' ? cores : Math.max(1, Math.floor((cores * Number.parseInt(asked, 10)) / 100));
}
