/** The source line of a failure, with a mark under its column and the lines around it. Reads the source; changes nothing. */
import { readFileSync } from 'node:fs';
import { codeFrameColumns } from '@babel/code-frame';
import type { SourceLocation } from '../events/index.ts';
import { fit, safeLines } from './text.ts';

/** `> 12 | ` of a frame's line, and the code behind it */
const GUTTER = /^([> ] *\d* *\| ?)(.*)$/;
/** Columns of code kept before the mark and after it where a line is too long for both. */
const AROUND = 24;

/** @param columns the width of the screen. @returns no line where the source can't be read */
export function sourceFrame(at: SourceLocation, columns: number): readonly string[] {
  let source: string;
  try {
    source = readFileSync(at.file, 'utf8');
  } catch {
    return [];
  }
  const frame = codeFrameColumns(
    source,
    { start: { line: at.line, column: at.column } },
    { linesAbove: 2, linesBelow: 1 },
  );
  return aroundMark(safeLines(frame), columns).map((line) => fit(line, columns));
}

/** Where the mark stands beyond the screen's edge, the code is shown from shortly before it. */
function aroundMark(lines: readonly string[], columns: number): readonly string[] {
  const mark = lines.findIndex((line) => /^ +\| +\^/.test(line));
  const column = lines[mark]?.indexOf('^') ?? 0;
  if (column + AROUND < columns) return lines;
  const gutter = GUTTER.exec(lines[mark] ?? '')?.[1]?.length ?? 0;
  const hidden = column - gutter - Math.max(AROUND, columns - gutter - 2 * AROUND);
  return lines.map((line, at) => {
    const [, before = '', code = ''] = GUTTER.exec(line) ?? [];
    if (at === mark) return before + code.slice(hidden - 1);
    return code === '' ? line : `${before}…${code.slice(hidden)}`;
  });
}
