/** What a run took over from earlier ones that it went on with. */
import type { CarriedFact } from '../events/index.ts';
import { count } from './figures.ts';

interface CarriedOver {
  readonly run: string;
  readonly files: number;
  readonly tests: number;
}

/** One entry a run, in the order in which they were run. */
function carriedOver(carried: readonly CarriedFact[]): readonly CarriedOver[] {
  const runs = new Map<string, CarriedOver>();
  for (const { run, passed } of carried) {
    const { files, tests } = runs.get(run) ?? { files: 0, tests: 0 };
    runs.set(run, { run, files: files + 1, tests: tests + passed });
  }
  return [...runs.values()];
}

/** `3 files, 12 tests that passed in 20261123-…`, one line a run. */
export const carriedLines = (carried: readonly CarriedFact[]): readonly string[] =>
  carriedOver(carried).map(
    ({ run, files, tests }) => `${count(files, 'file')}, ${count(tests, 'test')} that passed in ${run}`,
  );
