/** How long a plan will take, from the usual times of its files: the same list scheduling that runs them, without a clock. */
import { median } from '../history/index.ts';
import type { Plan } from './plan.ts';

/**
 * Files in plan order onto the worker that is free first (Graham's list scheduling); a category begins when those before
 * it have ended. Services and bundling are not in it. @returns ms; null where no file has a usual time
 */
export function expectedTime({
  categories,
  files,
  workers,
}: Pick<Plan, 'categories' | 'files' | 'workers'>): number | null {
  const known = files.flatMap(({ usual }) => (usual === undefined ? [] : [usual]));
  if (known.length === 0) return null;
  const otherwise = median(known);
  const free = Array.from({ length: workers }, () => 0);
  const ended = new Map<string, number>();
  for (const { name, after, files: own } of categories) {
    const begin = Math.max(0, ...after.map((before) => ended.get(before) ?? 0));
    let end = begin;
    for (const { usual = otherwise } of own) {
      const worker = free.indexOf(Math.min(...free));
      const until = Math.max(free[worker] ?? 0, begin) + usual;
      free[worker] = until;
      end = Math.max(end, until);
    }
    ended.set(name, end);
  }
  return Math.max(...free);
}
