/** What all recorded runs say together: categories, flaky tests, the slowest, and what got slower or faster. Pure. */
import { type Interval, jeffreysMean, median, modifiedZ, NOISE, wilson } from './estimate.ts';
import type { FileRun, History, TestRun } from './read.ts';
import { isGreenRun } from './read.ts';
import { lookUp } from './usual.ts';

export interface CategoryStats {
  readonly category: string;
  /** runs that ran any of its files */
  readonly runs: number;
  readonly files: number;
  /** results of files, and how many of them were green at once */
  readonly results: number;
  readonly green: number;
  /** sum of the usual times of its files, ms; files without one are left out */
  readonly usual: number;
}

export interface FlakyTest {
  readonly file: string;
  readonly title: string;
  /** executions with the same text of the file, commit and registry as the newest evidence */
  readonly runs: number;
  /** of those, failures and passes that took a retry */
  readonly failures: number;
  /** that one execution fails: mean under Jeffreys' prior, and Wilson's 95 % interval */
  readonly probability: number;
  readonly interval: Interval;
  /** newest run that shows it */
  readonly last: string;
}

export interface SlowTest {
  readonly file: string;
  readonly title: string;
  /** median of its last ten passes, ms */
  readonly usual: number;
}

export interface Trend {
  readonly file: string;
  /** medians, ms: of the last three green runs, and of the up to twenty before them */
  readonly now: number;
  readonly before: number;
  /** now / before - 1 */
  readonly change: number;
}

export interface Stats {
  readonly runs: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly categories: readonly CategoryStats[];
  readonly flaky: readonly FlakyTest[];
  readonly slowestFiles: readonly { readonly file: string; readonly usual: number }[];
  readonly slowestTests: readonly SlowTest[];
  readonly trends: readonly Trend[];
}

type Tests = ReadonlyMap<string, ReadonlyMap<string, readonly TestRun[]>>;

/** @param most entries of each list */
export function statistics(history: History, tests: Tests, most: number): Stats {
  const files = [...new Set(history.runs.flatMap((run) => run.files))].sort();
  const each = [...tests].flatMap(([file, byTitle]) =>
    [...byTitle].map(([title, runs]) => ({ file, title, runs })),
  );
  const usual = files.flatMap((file) => {
    const past = lookUp(history, file);
    return past.usual === null ? [] : [{ file, usual: past.usual }];
  });
  return {
    runs: history.runs.length,
    from: history.runs.at(-1)?.at ?? null,
    to: history.runs[0]?.at ?? null,
    categories: categoriesOf(history),
    flaky: each
      .flatMap(({ file, title, runs }) => flakyOf(file, title, runs))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, most),
    slowestFiles: usual.sort((a, b) => b.usual - a.usual).slice(0, most),
    slowestTests: each
      .flatMap(({ file, title, runs }) => {
        const passes = runs.filter(({ verdict }) => verdict === 'passed').slice(0, 10);
        return passes.length === 0 ? [] : [{ file, title, usual: median(passes.map(({ ms }) => ms)) }];
      })
      .sort((a, b) => b.usual - a.usual)
      .slice(0, most),
    trends: files
      .flatMap((file) => trendOf(file, history.of(file)))
      .sort((a, b) => b.change - a.change)
      .slice(0, most),
  };
}

function categoriesOf(history: History): readonly CategoryStats[] {
  const found = new Map<string, { runs: Set<string>; files: Set<string>; results: number; green: number }>();
  for (const run of history.runs) {
    for (const [at, file] of run.files.entries()) {
      const name = run.categories[run.category[at] ?? 0] ?? '';
      const row = found.get(name) ?? { runs: new Set(), files: new Set(), results: 0, green: 0 };
      found.set(name, row);
      row.runs.add(run.run);
      row.files.add(file);
      row.results += 1;
      row.green += 'ps'.includes(run.verdicts[at] ?? '-') ? 1 : 0;
    }
  }
  return [...found].map(([category, { runs, files, results, green }]) => ({
    category,
    runs: runs.size,
    files: files.size,
    results,
    green,
    usual: [...files].reduce((sum, file) => sum + (lookUp(history, file).usual ?? 0), 0),
  }));
}

/**
 * A test is flaky where the same code gave both: a pass that took a retry shows it at once; else its verdict has to have
 * turned twice with the same text of its file, commit and registry, since one turn is what a fix looks like, or a break.
 */
function flakyOf(file: string, title: string, runs: readonly TestRun[]): readonly FlakyTest[] {
  const executed = runs.filter(({ verdict }) => verdict !== 'skipped' && verdict !== 'todo');
  const groups = new Map<string, TestRun[]>();
  for (const one of executed) {
    const key = `${one.hash} ${one.run.commit} ${one.run.config}`;
    const list = groups.get(key) ?? [];
    groups.set(key, list);
    list.push(one);
  }
  for (const group of groups.values()) {
    if (!isFlaky(group)) continue;
    const [newest] = group.filter(({ verdict }) => verdict !== 'passed');
    if (newest === undefined) continue;
    // A pass on a retry is two executions, and the first of them failed.
    const retried = group.filter(({ verdict }) => verdict === 'flaky').length;
    const trials = group.length + retried;
    const failures = group.filter(({ verdict }) => verdict === 'failed').length + retried;
    const probability = jeffreysMean(failures, trials);
    const interval = wilson(failures, trials);
    return [{ file, title, runs: trials, failures, probability, interval, last: newest.run.run }];
  }
  return [];
}

function isFlaky(group: readonly TestRun[]): boolean {
  if (group.some(({ verdict }) => verdict === 'flaky')) return true;
  let turns = 0;
  for (const [at, { verdict }] of group.entries()) {
    const before = group[at - 1];
    if (before !== undefined && before.verdict !== verdict) turns += 1;
  }
  return turns >= 2;
}

const RECENT = 3;
const BASELINE = 20;
const LEAST_BASELINE = 5;
const LEAST_CHANGE = 0.1;

/** A change that is more than noise and more than a tenth. */
function trendOf(file: string, runs: readonly FileRun[]): readonly Trend[] {
  const times = runs.filter(isGreenRun).map(({ ms }) => ms);
  const earlier = times.slice(RECENT, RECENT + BASELINE);
  if (earlier.length < LEAST_BASELINE) return [];
  const now = median(times.slice(0, RECENT));
  const before = median(earlier);
  if (before === 0) return [];
  const change = now / before - 1;
  if (Math.abs(change) < LEAST_CHANGE || Math.abs(modifiedZ(now, earlier)) <= NOISE) return [];
  return [{ file, now, before, change }];
}
