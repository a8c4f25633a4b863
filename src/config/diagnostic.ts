/**
 * From a position in the registry's text to a `Diagnostic` with a code frame. Frames are safe to print: control
 * characters are replaced and long lines cut around the mistake.
 */
import { codeFrameColumns } from '@babel/code-frame';
import type { Diagnostic } from './config.ts';

/** A stretch of the text, in UTF-16 characters from 0. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something wrong, not yet drawn. */
export interface Problem {
  readonly span: Span;
  readonly message: string;
  readonly hint: string | null;
  readonly remedy: string | null;
}

/** Nobody reads more, and drawing takes time. */
export const MOST_DIAGNOSTICS = 100;
const LINES_ABOVE = 2;
/** Longest line of a frame, in characters. */
const WIDTH = 120;

/** In the order of the text, each once, the first hundred. */
export function toDiagnostics(
  problems: readonly Problem[],
  text: string,
  file: string,
): readonly Diagnostic[] {
  const seen = new Set<string>();
  const starts = lineStarts(text);
  return [...problems]
    .sort((a, b) => a.span.start - b.span.start)
    .filter((problem) => {
      const key = `${problem.span.start} ${problem.message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, MOST_DIAGNOSTICS)
    .map((problem) => draw(problem, text, starts, file));
}

function draw(problem: Problem, text: string, starts: readonly number[], file: string): Diagnostic {
  const at = Math.min(problem.span.start, text.length);
  const line = lineOf(starts, at);
  const lineStart = starts[line - 1] ?? 0;
  const lineEnd = (starts[line] ?? text.length + 1) - 1;
  const column = at - lineStart + 1;
  // Only the first line of what spans several is underlined, and never less than one character.
  const length = Math.max(1, Math.min(problem.span.end, lineEnd) - at);
  const { message, hint, remedy } = problem;
  return {
    message,
    file,
    line,
    column,
    length,
    hint,
    remedy,
    frame: frame(text, starts, line, column, length),
  };
}

function frame(
  text: string,
  starts: readonly number[],
  line: number,
  column: number,
  length: number,
): string {
  const first = Math.max(1, line - LINES_ABOVE);
  // A mistake far to the right moves the window, for all lines alike.
  const skipped = column + Math.min(length, 40) > WIDTH ? column - 20 : 0;
  const shown: string[] = [];
  for (let at = first; at <= line; at += 1) {
    const whole = text.slice(starts[at - 1] ?? 0, (starts[at] ?? text.length + 1) - 1);
    shown.push(printable(whole.slice(skipped, skipped + WIDTH)));
  }
  const from = column - skipped;
  const to = Math.max(from + 1, Math.min(from + length, WIDTH + 1));
  // `startLine` is younger than the library's types, hence the variable.
  const options = { linesAbove: LINES_ABOVE, linesBelow: 0, startLine: first };
  const drawn = codeFrameColumns(
    shown.join('\n'),
    { start: { line, column: from }, end: { line, column: to } },
    options,
  );
  return drawn.replace(/^([> ] *\d* )\|/gm, '$1│');
}

/** One character for one, so that the caret stays below its text. */
function printable(line: string): string {
  return line
    .replace(/\r$/, '')
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Line (from 1) that holds the offset, by bisection. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? Number.POSITIVE_INFINITY) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
