/** How long a plan will take, from the usual times of its files: the same list scheduling that runs them, without a clock. */
import { listSchedule, median } from '../history/index.ts';
import type { Plan } from './planned.ts';

/** Services and bundling are not in it. @returns ms; null where no file has a usual time */
export function expectedTime({
  categories,
  files,
  workers,
}: Pick<Plan, 'categories' | 'files' | 'workers'>): number | null {
  const known = files.flatMap(({ usual }) => (usual === undefined ? [] : [usual]));
  if (known.length === 0) return null;
  const otherwise = median(known);
  const stages = categories.map(({ name, after, files: own }) => ({
    name,
    after,
    times: own.map(({ usual = otherwise }) => usual),
    running: 0,
  }));
  return listSchedule(
    stages,
    Array.from({ length: workers }, () => 0),
  );
}
