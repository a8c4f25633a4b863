/**
 * `--time-budget`: of what was selected the files that are most likely to be red for each second that they take, as many as
 * fit. Pure. The rest is not selected, and says so: it is a choice that was made, like any other filter.
 */
import { formatDuration } from '../config/index.ts';
import type { NotSelectedFact } from '../events/index.ts';
import { type Expected, expectedTimes, type History, redness } from '../history/index.ts';
import { expectedTime } from './expected.ts';
import { byText } from './order.ts';
import type { Plan, PlannedFile } from './planned.ts';
import type { Selection } from './selection.ts';

/**
 * The longest run of files, the most telling first, that is expected to end within the budget: a density-greedy choice, as
 * for a knapsack. A file that never ran counts as even odds at the median time; one that takes longer than all of the
 * budget is passed over.
 * @param planned what `selection` comes to without a budget @param budget ms
 * @returns null where no file has a time yet
 */
export function withinBudget(
  selection: Selection,
  planned: Plan,
  budget: number,
  history: History,
): Selection | null {
  if (planned.files.every(({ usual }) => usual === undefined)) return null;
  const expected = expectedTimes(
    history,
    planned.files.map(({ id }) => id),
  );
  const ranked = planned.files
    .map((file) => telling(file, expected, history))
    .sort((a, b) => b.odds / b.ms - a.odds / a.ms || byText(a.file.id, b.file.id))
    .filter(({ ms }) => ms <= budget);
  const fits = (most: number): boolean => {
    const some = new Map(ranked.slice(0, most).map(({ file, ms }) => [file, ms]));
    return (expectedTime(reduced(planned, some)) ?? 0) <= budget;
  };
  let fitting = 0;
  let beyond = ranked.length + 1;
  while (beyond - fitting > 1) {
    const middle = (fitting + beyond) >> 1;
    if (fits(middle)) fitting = middle;
    else beyond = middle;
  }
  const taken = new Map(ranked.slice(0, fitting).map((one) => [one.file.id, one] as const));
  return cutDown(selection, planned, budget, taken);
}

interface Telling {
  readonly file: PlannedFile;
  /** that it is red */
  readonly odds: number;
  /** at least 1 */
  readonly ms: number;
}

const telling = (file: PlannedFile, expected: Expected, history: History): Telling => ({
  file,
  odds: redness(history, file.id),
  ms: Math.max(1, expected.of(file.id) ?? 1),
});

/** @param some the files that stay, each with the time that it is taken to need, ms */
const reduced = (planned: Plan, some: ReadonlyMap<PlannedFile, number>): Plan => {
  const of = (files: readonly PlannedFile[]): readonly PlannedFile[] =>
    files.flatMap((file) => {
      const usual = some.get(file);
      return usual === undefined ? [] : [{ ...file, usual }];
    });
  return {
    ...planned,
    files: of(planned.files),
    categories: planned.categories.map((category) => ({ ...category, files: of(category.files) })),
  };
};

function cutDown(
  selection: Selection,
  planned: Plan,
  budget: number,
  taken: ReadonlyMap<string, Telling>,
): Selection {
  const option = `--time-budget ${formatDuration(budget)}`;
  const left = new Map<string, NotSelectedFact>();
  const narrowed = new Map(selection.narrowed);
  for (const { id, suite, category } of planned.files) {
    if (taken.has(id)) continue;
    const files = (left.get(suite)?.files ?? 0) + 1;
    const remedy = 'a longer --time-budget';
    left.set(suite, { suite, category, files, reason: `beyond ${option}`, remedy });
    const before = selection.narrowed.get(category);
    narrowed.set(category, before === undefined ? option : `${before}, ${option}`);
  }
  return {
    ...selection,
    narrowed,
    notSelected: [...selection.notSelected, ...left.values()].sort((a, b) => byText(a.suite, b.suite)),
    files: selection.files.flatMap((file) => {
      const one = taken.get(file.id);
      if (one === undefined) return [];
      return [{ ...file, why: [...file.why, `red with odds of ${Math.round(one.odds * 100)} %`] }];
    }),
  };
}
