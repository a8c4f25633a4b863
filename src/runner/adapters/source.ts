/** Source text as its compiler sees it, for scans that ask only where something is declared. Pure. */

/** @returns the text with what the pattern finds (comments, strings) turned into blanks, each line where it was */
export const blanked = (text: string, pattern: RegExp): string =>
  text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '));

/** @returns the offset behind the bracket that closes the first one at or after `from`; the text's end where none does */
export function closingOf(text: string, from: number): number {
  let depth = 0;
  for (let at = text.indexOf('{', from); at >= 0 && at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** From 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
