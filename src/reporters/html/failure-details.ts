/**
 * Each failure with what a person needs to act on it. Reads sources, outputs and service logs beside the event log;
 * what can't be read is left out.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { diffLines } from 'diff';
import type { SourceLocation, TestError } from '../../events/index.ts';
import { again, type FailureOf, message } from '../failures.ts';
import { keptLines } from '../kept.ts';
import type { Summary } from '../summary.ts';
import { fileTail, type Tail as ReadTail, windowLabel, windowTail } from '../tails.ts';
import { oneLine, safeLines } from '../text.ts';
import type { DiffLine, Failure, SourceFrame, Tail } from './data.ts';

const ABOVE = 4;
const BELOW = 3;
const OUTPUT_LINES = 40;
const LOG_LINES = 40;
const LONGEST_LINE = 1_000;
/** Lines of a value that are still compared; beyond, the message has to do. */
const DIFF_LINES = 2_000;
/** Failures told in full; of the others what they said. More is read by nobody, and each costs several files. */
export const IN_FULL = 200;

/** @param f index of the file @param inFull with what lies in other files */
export function failureOf(failure: FailureOf, f: number, summary: Summary, inFull: boolean): Failure {
  const { file, test } = failure;
  const error = test?.error ?? (test === null ? (file.last?.error ?? null) : null);
  const root = summary.started?.root ?? '';
  const at = error?.at ?? test?.at ?? null;
  const line = test?.at?.line ?? (at !== null && relative(root, at.file) === file.plan.file ? at.line : null);
  return {
    f,
    p: test === null ? [] : test.path.map(oneLine),
    verdict: test === null ? file.verdict : test.verdict,
    place: oneLine(line === null ? file.plan.file : `${file.plan.file}:${line}`),
    reason: test === null && file.reason !== null ? oneLine(file.reason) : null,
    ...(error === null ? { message: [], diff: [] } : saidAndCompared(error)),
    frame: at === null || !inFull ? null : frameOf(at, root),
    stack: error?.stack === undefined ? [] : frames(error.stack, root),
    tails: inFull ? tailsOf(failure) : [],
    kept: failure.last ? keptLines(file, summary).map(oneLine) : [],
    again: oneLine(again(file, test, summary)),
  };
}

function tailsOf({ file, test, last }: FailureOf): readonly Tail[] {
  const output = last ? (file.last?.output ?? null) : null;
  const logs = test?.logs ?? file.last?.logs ?? [];
  return [
    ...(output === null ? [] : named(`output of ${file.plan.file}`, fileTail(output, OUTPUT_LINES))),
    ...logs.flatMap((window) => named(windowLabel(window), windowTail(window, LOG_LINES))),
  ];
}

const named = (label: string, read: ReadTail | null): readonly Tail[] =>
  read === null || read.lines.length === 0
    ? []
    : [{ label: oneLine(label), lines: read.lines.map(shortened), of: read.of }];

/** Values of several lines are compared line by line, unless the message does; of one line each, it names them. */
function saidAndCompared(error: TestError): Pick<Failure, 'message' | 'diff'> {
  const { message: said, expected, actual } = error;
  const lines = message(error).map(shortened);
  if (expected === undefined || actual === undefined || /[+-] actual/.test(said))
    return { message: lines, diff: [] };
  const [wanted, got] = [safeLines(expected), safeLines(actual)];
  const length = wanted.length + got.length;
  if (length === 2 || length > DIFF_LINES) return { message: lines, diff: [] };
  const named = lines.filter((line, at) => at < lines.length - 2 || !/^(expected|actual): /.test(line));
  return { message: named, diff: compared(wanted, got) };
}

const compared = (wanted: readonly string[], got: readonly string[]): readonly DiffLine[] =>
  diffLines(wanted.join('\n'), got.join('\n')).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((text): DiffLine => ({ sign: added ? '+' : removed ? '-' : ' ', text: shortened(text) })),
  );

function frameOf(at: SourceLocation, root: string): SourceFrame | null {
  let source: string;
  try {
    source = readFileSync(at.file, 'utf8');
  } catch {
    return null;
  }
  const lines = safeLines(source);
  if (at.line > lines.length) return null;
  const first = Math.max(1, at.line - ABOVE);
  return {
    place: oneLine(`${relative(root, at.file)}:${at.line}`),
    first,
    marked: at.line,
    lines: lines.slice(first - 1, at.line + BELOW).map(shortened),
  };
}

/** Where it came through, in the user's own files, outermost last. */
function frames(stack: string, root: string): readonly string[] {
  return safeLines(stack)
    .filter((line) => /^\s*at /.test(line) && !/\(?node:|node_modules/.test(line))
    .map((line) => shortened(line.trim().replaceAll(`${root}/`, '')));
}

const shortened = (line: string): string =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
