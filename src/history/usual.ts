/** How long files usually take, and how they ended last: what the order of a plan and its expected time come from. */
import { jeffreysMean, median } from './estimate.ts';
import { type History, isGreenRun } from './read.ts';

/** Runs whose times make the usual one. */
const WINDOW = 10;

/** What is known of a file before it runs. */
export interface Past {
  /** median of its last ten green times, ms; null where it has none */
  readonly usual: number | null;
  /** its last run was red */
  readonly failed: boolean;
}

const NOT_RED: ReadonlySet<string> = new Set(['passed', 'flaky', 'skipped']);
export const isRed = (verdict: string): boolean => !NOT_RED.has(verdict);

export const lookUp = (history: History, file: string): Past => {
  const runs = history.of(file);
  const [last] = runs;
  const times: number[] = [];
  for (const run of runs) {
    if (times.length === WINDOW) break;
    if (isGreenRun(run)) times.push(run.ms);
  }
  return {
    usual: times.length === 0 ? null : median(times),
    failed: last !== undefined && isRed(last.verdict),
  };
};

export interface Expected {
  /** ms of each file, one that never passed at the median of those that did; null where none did */
  of(file: string): number | null;
  past(file: string): Past;
}

/** @param files those that will run */
export function expectedTimes(history: History, files: readonly string[]): Expected {
  const pasts = new Map(files.map((file) => [file, lookUp(history, file)]));
  const known = [...pasts.values()].flatMap(({ usual }) => (usual === null ? [] : [usual]));
  const middle = known.length === 0 ? null : median(known);
  const past = (file: string): Past => pasts.get(file) ?? { usual: null, failed: false };
  return { past, of: (file) => past(file).usual ?? middle };
}

/** How likely a file is red in its next run: the mean under Jeffreys' prior over its last ten runs; 1/2 for one that never ran. */
export function redness(history: History, file: string): number {
  const runs = history.of(file).slice(0, WINDOW);
  return jeffreysMean(runs.filter(({ verdict }) => isRed(verdict)).length, runs.length);
}
