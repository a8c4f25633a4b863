/**
 * What a person needs to act on a failure: where, what, the source line, what the test and the services said, and how
 * to run just this again. Reads sources and logs; changes nothing; anything that can't be read is left out.
 */
import { relative } from 'node:path';
import { formatSize } from '../config/index.ts';
import type { SourceLocation, TestError } from '../events/index.ts';
import { count } from './figures.ts';
import { sourceFrame } from './frame.ts';
import { keptLines, shellWord } from './kept.ts';
import { fileRemedy } from './remedies.ts';
import type { FileResult, Summary, TestResult } from './summary.ts';
import { fileTail, type Tail, windowLabel, windowTail } from './tails.ts';
import { fit, oneLine, safeLines, title, wrap } from './text.ts';
import type { Theme } from './theme.ts';
import { failedByItself } from './totals.ts';

const INDENT = '     ';
const MESSAGE_LINES = 30;
const OUTPUT_LINES = 8;
const LOG_LINES = 8;
const NARROWEST = 60;

/** @param inFull how many are shown in full; the rest by title */
export function failureBlocks(
  summary: Summary,
  theme: Theme,
  columns: number,
  inFull: number,
): readonly string[] {
  const all = [...summary.files.values()].flatMap((file) => failuresOf(file));
  const view = { summary, theme, columns };
  const blocks = all.slice(0, inFull).map((failure) => block(failure, view));
  if (all.length > inFull) {
    const rest = all.slice(inFull).map(({ file, test }) => ` ${theme.marks.fail} ${headline(file, test)}`);
    blocks.push([` and ${count(rest.length, 'more failure')}, by title:`, ...rest].join('\n'));
  }
  return blocks;
}

export interface FailureOf {
  readonly file: FileResult;
  /** null: the file failed by itself */
  readonly test: TestResult | null;
  /** the last failure of its file shows the file's output */
  readonly last: boolean;
}

interface View {
  readonly summary: Summary;
  readonly theme: Theme;
  readonly columns: number;
}

/** The failures of a file as they are told: the test that really failed, then the file where it failed by itself. */
export function failuresOf(file: FileResult): readonly FailureOf[] {
  const tests = file.tests.filter(({ verdict }) => verdict === 'failed');
  // A parent that failed because of its subtest is counted, and told by the subtest.
  const own = tests.filter(
    (test) => !tests.some((other) => other !== test && isBelow(other.path, test.path)),
  );
  const shown: (TestResult | null)[] = [...own, ...(failedByItself(file) ? [null] : [])];
  return shown.map((test, at) => ({ file, test, last: at === shown.length - 1 }));
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
  path.length > above.length && above.every((name, at) => path[at] === name);

const headline = (file: FileResult, test: TestResult | null): string =>
  test === null ? `${file.plan.file}  ${file.verdict}` : `${file.plan.file}  ${title(test.path)}`;

function block({ file, test, last }: FailureOf, view: View): string {
  const { theme, summary, columns } = view;
  const error = test?.error ?? file.last?.error ?? null;
  const root = summary.started?.root ?? '';
  const width = Math.max(columns, NARROWEST) - INDENT.length;
  const at = error?.at ?? test?.at ?? null;
  const place = at !== null && relative(root, at.file) === file.plan.file ? `:${at.line}` : '';
  const what = test === null ? theme.bold(file.verdict) : theme.bold(title(test.path));
  const lines = [` ${theme.red(theme.marks.fail)} ${file.plan.file}${place}  ${what}`];

  if (test === null && file.reason !== null)
    lines.push(...wrap(oneLine(file.reason), width).map((line) => INDENT + line));
  if (error !== null) {
    lines.push(
      ...message(error).flatMap((line) =>
        (line.length > width ? wrap(line, width) : [line]).map((part) => INDENT + part),
      ),
    );
  }
  if (at !== null) lines.push(...sourceLines(at, root, file, view));
  if (last && file.last !== null && file.last.output !== null) {
    lines.push(...tailSection(`output of ${file.plan.file}`, fileTail(file.last.output, OUTPUT_LINES), view));
  }
  for (const window of test?.logs ?? file.last?.logs ?? []) {
    lines.push(...tailSection(windowLabel(window), windowTail(window, LOG_LINES), view));
  }
  const remedy = test === null ? fileRemedy(file) : null;
  if (remedy !== null) lines.push(...wrap(`remedy: ${remedy}`, width).map((line) => INDENT + line));
  if (last) lines.push(...keptLines(file, summary).map((line) => INDENT + line));
  lines.push(`${INDENT}${theme.dim('again:')} ${again(file, test, summary)}`);
  return lines.join('\n');
}

/** What it said, and the values that were compared where it did not say them. */
export function message(error: TestError): readonly string[] {
  const named = error.name === 'AssertionError' ? error.message : `${error.name}: ${error.message}`;
  const lines = safeLines(named.trim());
  const shown = lines.slice(0, MESSAGE_LINES);
  if (lines.length > shown.length) shown.push(`… ${count(lines.length - shown.length, 'more line')}`);
  // node:assert says the values itself, unless the author gave a message of his own.
  const { expected = 'undefined', actual = 'undefined' } = error;
  const compared = expected !== 'undefined' || actual !== 'undefined'; // assert.fail compares nothing
  const alreadySaid =
    /strictly|loosely|deep|not equal|should|validation|to match|evaluated|[+-] actual/i.test(named);
  if (compared && !alreadySaid) {
    shown.push(`expected: ${oneLine(expected)}`, `actual:   ${oneLine(actual)}`);
  }
  return shown;
}

/** The place where it is not in the test's own file, and the line itself. */
function sourceLines(at: SourceLocation, root: string, file: FileResult, view: View): readonly string[] {
  const frame = sourceFrame(at, Math.max(view.columns, NARROWEST) - INDENT.length);
  if (frame.length === 0) return [];
  const name = relative(root, at.file);
  const elsewhere = name === file.plan.file ? [] : [view.theme.dim(`at ${name}:${at.line}`)];
  return [...elsewhere, ...frame].map((line) => INDENT + line);
}

function tailSection(label: string, tail: Tail | null, { theme, columns }: View): readonly string[] {
  if (tail === null || tail.lines.length === 0) return [];
  const part = partWords(tail);
  return [
    `${INDENT}${theme.dim(`${label} (${part})`)}`,
    ...tail.lines.map((line) => `${INDENT}  ${fit(line, Math.max(columns, 100) - 7)}`),
  ];
}

/** `3 lines`, `last 20 of 87 lines`, `last 20 lines of 1.1 GB`: what is left out is never left unsaid. */
function partWords({ lines, of, bytes }: Tail): string {
  if (bytes !== null) return `last ${count(lines.length, 'line')} of ${formatSize(bytes)}`;
  return of > lines.length ? `last ${lines.length} of ${of} lines` : count(of, 'line');
}

/** The command that runs just this again: naming the file brings its services with it. */
export function again(file: FileResult, test: TestResult | null, summary: Summary): string {
  const line = test?.at === null || test === null ? '' : `:${test.at.line}`;
  const path = `${file.plan.file}${line}`;
  return `runner ${shellWord(path)}${environmentFlag(summary)}`;
}

/** ` --env staging`, empty for the environment that is the default. */
export function environmentFlag({ started }: Summary): string {
  return started === null || started.env === 'test' ? '' : ` --env ${started.env}`;
}
