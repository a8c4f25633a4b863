/** Makes other people's text fit to print: a test title or message must not steer the terminal or break a line. */
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** One line: no control characters, no escape sequences; line breaks shown as `⏎`. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r?\n/g, '⏎')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** Several lines, each fit to print; tabs become two blanks. */
export function safeLines(text: string): readonly string[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => oneLine(line.replace(/\t/g, '  ')));
}

/**
 * Cuts to a width in columns (wide characters count twice), with an ellipsis where something was cut. What is cut loses
 * its colours: half an escape sequence would colour the rest of the screen.
 */
export function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let out = '';
  for (const character of stripVTControlCharacters(text)) {
    if (stringWidth(out + character) > columns - 1) break;
    out += character;
  }
  return `${out}…`;
}

export const title = (path: readonly string[]): string => path.map(oneLine).join(' › ');
