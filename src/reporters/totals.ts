/** What the results of files add up to, by any key and in all. Pure. */
import type { RunTotals } from '../events/index.ts';
import type { FileResult, Summary } from './summary.ts';

export interface Row {
  readonly name: string;
  files: number;
  tests: number;
  passed: number;
  failed: number;
  skipped: number;
  notRun: number;
  /** sum of the files' times, ms */
  ms: number;
  /** what these files usually take, ms; one of which that is not known at its own time */
  usual: number;
  /** files that ran, and of those the ones of which the usual time is known */
  ran: number;
  known: number;
}

export interface FloorBreach {
  readonly category: string;
  readonly floor: number;
  readonly executed: number;
}

/** Whether a file failed as a file, besides what its tests say: it counts as one failure in every total. */
export function failedByItself({ verdict, counts }: FileResult): boolean {
  switch (verdict) {
    case 'passed':
    case 'flaky':
    case 'skipped':
    case 'not-run':
      return false;
    case 'failed':
      return counts.failed === 0;
    case 'timed-out':
    case 'crashed':
    case 'aborted':
    case 'leaked':
    case 'no-tests':
    case 'infra-failed':
      return true;
  }
}

const failures = (file: FileResult): number => file.counts.failed + (failedByItself(file) ? 1 : 0);

/** @throws when the parts do not add up: that is a bug of ours, and no total may hide it */
export function totals(summary: Summary): RunTotals {
  const sum = { files: 0, tests: 0, passed: 0, failed: 0, skipped: 0, todo: 0, notRun: 0 };
  for (const file of summary.files.values()) {
    sum.files += 1;
    sum.passed += file.counts.passed;
    sum.failed += failures(file);
    sum.skipped += file.counts.skipped;
    sum.todo += file.counts.todo;
    if (file.verdict === 'not-run') sum.notRun += 1;
  }
  sum.tests = sum.passed + sum.failed + sum.skipped + sum.todo;
  const rows = rowsBy(summary, ({ plan }) => plan.category);
  const again = rows.reduce((all, row) => all + row.tests, 0);
  if (again !== sum.tests)
    throw new Error(`totals do not add up: ${again} in categories, ${sum.tests} in all`);
  return sum;
}

/** Rows in the order in which their first file was planned; a file without the key is left out. */
export function rowsBy(summary: Summary, key: (file: FileResult) => string | null): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const file of summary.files.values()) {
    const name = key(file);
    if (name === null) continue;
    const row = rows.get(name) ?? {
      name,
      files: 0,
      tests: 0,
      passed: 0,
      failed: 0,
      skipped: 0,
      notRun: 0,
      ms: 0,
      usual: 0,
      ran: 0,
      known: 0,
    };
    rows.set(name, row);
    row.files += 1;
    row.passed += file.counts.passed;
    row.failed += failures(file);
    row.skipped += file.counts.skipped + file.counts.todo;
    row.tests += file.counts.passed + failures(file) + file.counts.skipped + file.counts.todo;
    row.notRun += file.verdict === 'not-run' ? 1 : 0;
    row.ms += file.ms;
    const usual = usualOf(file);
    row.usual += usual ?? file.ms;
    row.ran += file.last === null ? 0 : 1;
    row.known += usual === null ? 0 : 1;
  }
  return [...rows.values()];
}

/** How long a file that ran usually takes, ms; null where that can't be held against this time. */
export const usualOf = ({ last, plan }: FileResult): number | null =>
  last === null || plan.part === true ? null : (plan.usual ?? null);

/** Categories that executed fewer tests than they promised. A shard alone has promised nothing: all of them together have. */
export function floorBreaches(summary: Summary): readonly FloorBreach[] {
  if (summary.plan?.shard !== undefined) return [];
  return (summary.plan?.categories ?? []).flatMap(({ name, floor }) => {
    if (floor === null) return [];
    let executed = 0;
    for (const file of summary.files.values()) {
      if (file.plan.category === name) executed += file.counts.passed + file.counts.failed;
    }
    return executed < floor ? [{ category: name, floor, executed }] : [];
  });
}

/**
 * What in a log contradicts what else is in it; empty where all adds up. In the run itself anything here is a bug of ours,
 * in a log that is read back it is damage.
 */
export function contradictions(summary: Summary): readonly string[] {
  const found: string[] = [];
  const sum = totals(summary);
  for (const [what, key] of [
    ['categories', ({ plan }: FileResult) => plan.category],
    ['suites', ({ plan }: FileResult) => plan.suite],
  ] as const) {
    const tests = rowsBy(summary, key).reduce((all, row) => all + row.tests, 0);
    if (tests !== sum.tests) found.push(`${tests} tests in ${what}, ${sum.tests} in all`);
  }
  for (const { plan, last, tests, counts } of summary.files.values()) {
    if (last === null) continue;
    const told = { passed: 0, failed: 0, skipped: 0, todo: 0 };
    for (const { verdict } of tests) told[verdict === 'flaky' ? 'passed' : verdict] += 1;
    for (const verdict of ['passed', 'failed', 'skipped', 'todo'] as const) {
      if (told[verdict] !== counts[verdict])
        found.push(
          `${plan.file}: ${counts[verdict]} ${verdict} by its count, ${told[verdict]} told one by one`,
        );
    }
  }
  const ended = summary.runs.flatMap(({ finished }) => (finished === null ? [] : [finished.totals]));
  if (ended.length === summary.runs.length && ended.length > 0) {
    for (const key of ['files', 'tests', 'passed', 'failed', 'skipped', 'todo', 'notRun'] as const) {
      const said = ended.reduce((all, totals) => all + totals[key], 0);
      if (said !== sum[key]) found.push(`${key}: ${said} by the end of the run, ${sum[key]} by its events`);
    }
  }
  return found;
}
