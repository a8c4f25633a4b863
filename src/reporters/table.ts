/** One look for every table, on the final screen and in `runner list`. */
import { widthOf } from './text.ts';

/** Blanks between two columns. */
const GAP = '  ';

/**
 * Rows under a head, without a frame, each line set in by one blank. A cell of several lines makes its row as high.
 * By hand: a library for tables makes objects of every cell, which took an eighth of the time of `runner list`.
 */
export function listing(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): string {
  const lines = [head, ...rows].flatMap(linesOf);
  const widths = align.map((_, column) =>
    lines.reduce((most, line) => Math.max(most, widthOf(line[column] ?? '')), 1),
  );
  return lines
    .map((line) => {
      const cells = widths.map((width, column) => {
        const cell = line[column] ?? '';
        const blanks = ' '.repeat(width - widthOf(cell));
        return align[column] === 'right' ? `${blanks}${cell}` : `${cell}${blanks}`;
      });
      return ` ${cells.join(GAP).trimEnd()}`;
    })
    .join('\n');
}

function linesOf(row: readonly string[]): readonly (readonly string[])[] {
  if (!row.some((cell) => cell.includes('\n'))) return [row];
  const cells = row.map((cell) => cell.split('\n'));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => cells.map((lines) => lines[at] ?? ''));
}
