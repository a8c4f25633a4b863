/** When a run will have ended, from the usual times of its files and what has happened so far. Pure. */
import { listSchedule, median } from '../history/index.ts';
import type { FileResult, Summary } from './summary.ts';

/**
 * @param since ms for which each file that is running has been
 * @returns ms from now; null where nothing is known of how long its files take, or nothing is left to run
 */
export function remainingTime(summary: Summary, since: ReadonlyMap<FileResult, number>): number | null {
  const { plan, files } = summary;
  if (plan === null) return null;
  const known = plan.files.flatMap(({ usual }) => (usual === undefined ? [] : [usual]));
  const open = [...files.values()].filter(({ last, reason }) => last === null && reason === null);
  if (known.length === 0 || open.length === 0) return null;
  const otherwise = median(known);
  const usualOf = ({ plan: { usual } }: FileResult): number => usual ?? otherwise;
  // One that takes longer than it usually does may end at any moment.
  const left = (file: FileResult): number => Math.max(0, usualOf(file) - (since.get(file) ?? 0));
  const running = open.filter((file) => since.has(file));
  const busy = running.map(left).slice(0, plan.workers);
  while (busy.length < plan.workers) busy.push(0);
  const byCategory = new Map<string, FileResult[]>();
  for (const file of open) {
    const own = byCategory.get(file.plan.category) ?? [];
    byCategory.set(file.plan.category, own);
    own.push(file);
  }
  const stages = plan.categories.map(({ name, after }) => {
    const own = byCategory.get(name) ?? [];
    return {
      name,
      after,
      times: own.filter((file) => !since.has(file)).map(usualOf),
      running: Math.max(0, ...own.filter((file) => since.has(file)).map(left)),
    };
  });
  return listSchedule(stages, busy);
}
