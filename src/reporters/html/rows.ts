/** The files and the rows of the list: every test that counts, and every file that failed or did not run as a file. */
import type { FileResult, Summary, TestResult } from '../summary.ts';
import { oneLine } from '../text.ts';
import { failedByItself, usualOf } from '../totals.ts';
import type { FileFact, TestRow } from './data.ts';

/** Notes are kept up to this much text in all: they are worth reading in hundreds, not in ten thousands. */
const NOTES_BUDGET = 1_000_000;
const NOTE = 2_000;

export interface Rows {
  readonly files: readonly FileFact[];
  readonly rows: readonly TestRow[];
  readonly notesLeftOut: number;
}

/**
 * @param failureAt the index of a test's failure (null: of the file's own), where it is told in full
 * @param running tests of a file that has not ended are shown as they come; else such a file did not run
 */
export function rowsOf(
  summary: Summary,
  attempts: ReadonlyMap<number, number>,
  failureAt: (file: number, test: TestResult | null) => number | undefined,
  running: boolean,
): Rows {
  const budget = { left: NOTES_BUDGET, leftOut: 0 };
  const results = [...summary.files.values()];
  const rows: TestRow[] = [];
  for (const [f, file] of results.entries()) {
    const ended = file.last !== null;
    const own = fileRow(file, f, failureAt(f, null));
    if (own !== null && (ended || !running || file.tests.length === 0)) rows.push(own);
    if (!ended && !running) continue;
    const notes = notesOf(file, budget);
    for (const test of file.tests) rows.push(testRow(test, f, failureAt(f, test), notes));
  }
  const files = results.map((file, f) => fileFact(file, attempts.get(f) ?? 0));
  return { files, rows, notesLeftOut: budget.leftOut };
}

function fileFact(file: FileResult, attempts: number): FileFact {
  const { plan, verdict, counts, ms } = file;
  const usual = usualOf(file);
  return {
    file: oneLine(plan.file),
    suite: oneLine(plan.suite),
    category: oneLine(plan.category),
    service: plan.service === null ? null : oneLine(plan.service),
    priority: plan.priority,
    needs: plan.needs,
    verdict,
    reason: file.reason === null ? null : oneLine(file.reason),
    ms: rounded(ms),
    usual: usual === null ? null : rounded(usual),
    tests: counts.passed + counts.failed + counts.skipped + counts.todo,
    attempts,
  };
}

function fileRow(file: FileResult, f: number, failure: number | undefined): TestRow | null {
  if (file.verdict !== 'not-run' && !failedByItself(file)) return null;
  return {
    f,
    v: file.verdict,
    p: [],
    ms: rounded(file.ms),
    r: oneLine(file.reason ?? cutWords(file)),
    ...(failure === undefined ? {} : { x: failure }),
  };
}

/** A file whose end is not in the log: what it had done until then is told, and counts for nothing. */
function cutWords({ attempt, tests, verdict }: FileResult): string {
  if (verdict !== 'not-run') return verdict;
  if (attempt === null) return 'the run ended before it';
  const failed = tests.filter((test) => test.verdict === 'failed').length;
  const until =
    tests.length === 0 ? 'no test had ended' : `${tests.length} tests had ended, ${failed} failed`;
  return `the run ended while it ran; until then ${until}`;
}

function testRow(
  test: TestResult,
  f: number,
  failure: number | undefined,
  notes: ReadonlyMap<string, readonly string[]>,
): TestRow {
  const said = notes.get(JSON.stringify(test.path));
  return {
    f,
    v: test.verdict,
    p: test.path.map(oneLine),
    ms: rounded(test.ms),
    ...(test.at === null ? {} : { l: test.at.line }),
    ...(test.reason === null ? {} : { r: oneLine(test.reason) }),
    ...(failure === undefined ? {} : { x: failure }),
    ...(said === undefined ? {} : { n: said }),
  };
}

function notesOf(
  file: FileResult,
  budget: { left: number; leftOut: number },
): ReadonlyMap<string, readonly string[]> {
  const notes = new Map<string, string[]>();
  for (const { path, text } of file.notes) {
    const shown = text.length > NOTE ? `${text.slice(0, NOTE)}…` : text;
    if (budget.left < shown.length) {
      budget.leftOut += 1;
      continue;
    }
    budget.left -= shown.length;
    const key = JSON.stringify(path);
    notes.set(key, [...(notes.get(key) ?? []), oneLine(shown)]);
  }
  return notes;
}

/** To a tenth of a millisecond: what is shown is never finer. */
export const rounded = (ms: number): number => Math.round(ms * 10) / 10;
