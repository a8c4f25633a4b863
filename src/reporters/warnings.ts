/** Warnings on the final screen: what several files are warned of in the same words is said once, with the files. */
import type { Summary } from './summary.ts';
import { oneLine, wrap } from './text.ts';
import type { Theme } from './theme.ts';

/** Files with the same warning from which on they are told together. */
const TOGETHER = 3;
/** Files named in one such warning. */
const NAMED = 5;

/** @param most files that are named in one warning. @returns one block of lines a warning, in the order of the log */
export function warningBlocks(
  summary: Summary,
  theme: Theme,
  columns: number,
  most = NAMED,
): readonly string[] {
  return warningTexts(summary, most).map((text) =>
    wrap(oneLine(text), columns - 4)
      .map((line, at) => (at === 0 ? ` ${theme.yellow(theme.marks.warn)} ${line}` : `   ${line}`))
      .join('\n'),
  );
}

function warningTexts({ warnings }: Summary, most: number): readonly string[] {
  const same = new Map<string, string[]>();
  for (const { file, message } of warnings) {
    const words = withoutFile(message, file);
    if (words !== null && file !== undefined) same.set(words, [...(same.get(words) ?? []), file]);
  }
  const told = new Set<string>();
  return warnings.flatMap(({ file, message }) => {
    const words = withoutFile(message, file);
    const files = words === null ? [] : (same.get(words) ?? []);
    if (words === null || files.length < TOGETHER) return [message];
    if (told.has(words)) return [];
    told.add(words);
    const more = files.length > most ? ` and ${files.length - most} more` : '';
    return [`${files.length} files, each of which ${words}: ${files.slice(0, most).join(', ')}${more}`];
  });
}

/** `showed no traffic …`; null where a warning does not begin with the file that it is about. */
const withoutFile = (message: string, file: string | undefined): string | null =>
  file !== undefined && message.startsWith(`${file} `) ? message.slice(file.length + 1) : null;
