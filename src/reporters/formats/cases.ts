/**
 * A recorded run as a flat list of cases, which is what machines read: each test, each file that failed by itself or did
 * not run, and the run itself where nothing else in the list shows that it was not green. Pure.
 */
import type { FileVerdict, TestError, TestVerdict } from '../../events/index.ts';
import { outcome } from '../outcome.ts';
import type { RecordedRun } from '../recorded.ts';
import { type FileResult, type Summary, summarise, type TestResult } from '../summary.ts';
import { oneLine, safeLines } from '../text.ts';
import { failedByItself } from '../totals.ts';
import { headline } from '../words.ts';

/** How it ended, as coarsely as other tools tell: `failed` a test, `error` a file or the run. */
export type CaseStatus = 'passed' | 'failed' | 'error' | 'skipped' | 'todo' | 'not-run';

export interface Failed {
  /** what kind of failure: the error's name, or the verdict of the file */
  readonly type: string;
  /** the first line, at most 1,000 characters */
  readonly message: string;
  /** all of it, stack included, fit to print */
  readonly trace: string;
  /** ms */
  readonly ms: number;
}

export interface Case {
  /** null: the run itself */
  readonly file: FileResult | null;
  /** titles from the outermost suite, fit to print; one name in brackets for a file or the run */
  readonly path: readonly string[];
  readonly verdict: TestVerdict | FileVerdict | 'incomplete';
  readonly status: CaseStatus;
  readonly flaky: boolean;
  /** ms */
  readonly ms: number;
  /** ms since 1970 */
  readonly start: number;
  readonly line: number | null;
  /** null unless failed or error */
  readonly failed: Failed | null;
  /** why it was skipped or did not run; null where nobody said */
  readonly reason: string | null;
  /** failures of the same in earlier attempts, the first one first */
  readonly earlier: readonly Failed[];
}

export interface Cases {
  readonly summary: Summary;
  readonly files: readonly { readonly file: FileResult; readonly cases: readonly Case[] }[];
  /** the case of the run itself; null where another one is red, or all is green */
  readonly run: Case | null;
  /** files' cases and the run's */
  readonly all: readonly Case[];
}

/** Titles longer than this are cut, characters: some readers keep names in columns of that size. */
const TITLE = 1_000;
const TRACE = 20_000;

export function casesOf(run: RecordedRun): Cases {
  const summary = summarise(run.events);
  const files = [...summary.files.values()].map((file) => ({ file, cases: casesOfFile(file, summary) }));
  const all = files.flatMap(({ cases }) => cases);
  const { green, words } = headline(outcome(summary), run.cut);
  const red = all.some(({ status }) => status === 'failed' || status === 'error');
  if (green || (red && !run.cut)) return { summary, files, run: null, all };
  const failed: Failed = {
    type: run.cut ? 'cut-off' : outcome(summary).kind,
    message: words,
    trace: words,
    ms: 0,
  };
  const own: Case = {
    ...NOTHING,
    file: null,
    path: ['(run)'],
    verdict: 'incomplete',
    status: 'error',
    start: startOf(summary, null),
    failed,
  };
  return { summary, files, run: own, all: [...all, own] };
}

const NOTHING = { flaky: false, ms: 0, line: null, reason: null, earlier: [] } as const;

function casesOfFile(file: FileResult, summary: Summary): readonly Case[] {
  const zero = startOf(summary, file);
  const tests = file.last === null ? [] : file.tests.map((test) => caseOfTest(test, file, zero));
  const whole = caseOfWhole(file, zero, tests.length === 0);
  const cases = whole === null ? tests : [...tests, whole];
  const [first, ...others] = cases;
  // What the file as a whole failed of in earlier attempts has no test of its own: its first case tells it.
  const before =
    first?.path[0] === WHOLE ? [] : file.earlier.flatMap(({ result }) => failureOf(result, null));
  if (first === undefined || before.length === 0) return cases;
  return [{ ...first, earlier: [...before, ...first.earlier], flaky: first.status === 'passed' }, ...others];
}

const WHOLE = '(file)';

/** The file as one case: where it failed by itself, did not run, or has no test to tell how it ended. */
function caseOfWhole(file: FileResult, zero: number, alone: boolean): Case | null {
  const { last, verdict, reason } = file;
  const at = last?.error?.at;
  const common = {
    ...NOTHING,
    file,
    path: [WHOLE],
    verdict,
    start: file.begun === null ? zero : zero + file.begun.t,
    line: at?.file.endsWith(file.plan.file) ? at.line : null,
    earlier: file.earlier.flatMap((attempt) => failureOf(attempt.result, null)),
  };
  if (failedByItself(file)) {
    const [failed = null] = last === null ? [] : failureOf(last, reason);
    return { ...common, status: 'error', ms: alone ? file.ms : 0, failed };
  }
  if (verdict !== 'not-run') return null;
  return { ...common, status: 'not-run', failed: null, reason: oneLine(reason ?? 'the run ended before it') };
}

function caseOfTest(test: TestResult, file: FileResult, zero: number): Case {
  const earlier = file.earlier.flatMap(({ tests }) =>
    tests.filter(({ path, verdict }) => verdict === 'failed' && same(path, test.path)).map(failureOfTest),
  );
  const passed = test.verdict === 'passed' || test.verdict === 'flaky';
  return {
    file,
    path: test.path.map((title) => clip(oneLine(title) || '(no title)', TITLE)),
    verdict: test.verdict,
    status: passed ? 'passed' : (test.verdict as 'failed' | 'skipped' | 'todo'),
    flaky: test.verdict === 'flaky' || (passed && earlier.length > 0),
    ms: test.ms,
    start: zero + Math.max(0, test.t - test.ms),
    line:
      (test.error?.at?.file === test.at?.file ? test.error?.at?.line : undefined) ?? test.at?.line ?? null,
    failed: test.verdict === 'failed' ? failureOfTest(test) : null,
    reason: test.reason === null ? null : oneLine(test.reason),
    earlier,
  };
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((title, at) => title === other[at]);

const failureOfTest = ({ error, ms }: TestResult): Failed =>
  failure(error, 'Error', 'failed without saying why', ms);

/** What an attempt failed of as a whole; empty where its tests say it. */
function failureOf(
  { verdict, reason, error, ms, counts }: NonNullable<FileResult['last']>,
  words: string | null,
): readonly Failed[] {
  const byTests = verdict === 'failed' && counts.failed > 0;
  if (byTests || verdict === 'passed' || verdict === 'flaky' || verdict === 'skipped') return [];
  const why = words ?? reason ?? verdict;
  const told = failure(error, verdict, why, ms);
  return [
    {
      ...told,
      type: verdict,
      message: firstLine(why),
      trace: error === null ? told.trace : `${safe(why)}\n${told.trace}`,
    },
  ];
}

function failure(error: TestError | null, type: string, otherwise: string, ms: number): Failed {
  if (error === null) return { type, message: firstLine(otherwise), trace: safe(otherwise), ms };
  const { name, message, stack = '' } = error;
  const compared = [
    ...(error.expected === undefined ? [] : [`expected: ${error.expected}`]),
    ...(error.actual === undefined ? [] : [`actual:   ${error.actual}`]),
  ];
  const told = stack.includes(message)
    ? stack
    : [`${name}: ${message}`, stack].filter((part) => part !== '').join('\n');
  return {
    type: oneLine(error.code === undefined ? name : `${name} [${error.code}]`),
    message: firstLine(message === '' ? name : message),
    trace: safe([told, ...compared].join('\n')),
    ms,
  };
}

const firstLine = (text: string): string =>
  clip(safeLines(text.trim()).find((line) => line.trim() !== '') ?? '', TITLE);

const safe = (text: string): string => safeLines(clip(text, TRACE)).join('\n').trimEnd();

/** Never in the middle of a character. */
const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;

/** When the run of a file began, ms since 1970; 0 where the log does not say. */
function startOf({ runs, started }: Summary, file: FileResult | null): number {
  const of = file === null ? started : (runs.find((run) => run.started.runId === file.run)?.started ?? null);
  return of === null ? 0 : Date.parse(of.startedAt);
}
