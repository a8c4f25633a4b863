/** Makes other people's text fit to print: a test title or message must not steer the terminal or break a line. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** Control characters, separators of lines, marks that turn the direction of writing, halves of characters. */
const NOT_SHOWN =
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu;

/** ASCII, Latin letters, and the signs that our own lines are made of: one column each. */
const ONE_COLUMN_EACH = /^[ -~À-ʯ·×–—…›⏎─-╿▀-▟✓✗]*$/;

/** Columns of a terminal that a text takes: two for wide signs, none for colours. */
export function widthOf(text: string): number {
  const plain = text.includes('\u001b') ? stripVTControlCharacters(text) : text;
  return ONE_COLUMN_EACH.test(plain) ? plain.length : stringWidth(plain);
}

/** One line: no control characters, no escape sequences; line breaks shown as `⏎`. */
export function oneLine(text: string): string {
  // Window titles and links (OSC) first: Node's own stripping leaves their text behind.
  return stripVTControlCharacters(text.replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, ''))
    .replace(/\r?\n/g, '⏎')
    .replace(NOT_SHOWN, '�');
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
  if (widthOf(text) <= columns) return text;
  let out = '';
  for (const character of stripVTControlCharacters(text)) {
    if (widthOf(out + character) > columns - 1) break;
    out += character;
  }
  return `${out}…`;
}

/** Breaks a line between words so that each part fits; a word that is longer than the width stays whole. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Characters of a whole title; what is longer is cut. */
const TITLE = 400;

export function title(path: readonly string[]): string {
  const whole = path.map((part) => oneLine(part) || '(no title)').join(' › ');
  return whole.length <= TITLE ? whole : `${whole.slice(0, TITLE).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** GitHub takes a line of a log that begins with `::`, or holds `##[`, for a command: a test's words must not be one. */
export const noCommands = (lines: string): string =>
  lines.replace(/^([^\S\n]*)::/gm, '$1: :').replace(/##\[/g, '# #[');

/** A path as it is shortest to read from a folder: below it without what they share, else in full. @param cwd absolute */
export function near(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === '' || below.startsWith('..') ? path : below;
}
