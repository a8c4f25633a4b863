/** YAML as a person writes it: quotes only where they are needed, lists on one line while they fit. Pure. */

/** Of a line, in characters. */
const WIDTH = 110;
/** Nothing in it means anything to YAML, at the start or inside. */
const PLAIN = /^[A-Za-z0-9_./][A-Za-z0-9_./*@+ -]*$/;
/** Would be read as something else than a text. */
const NOT_TEXT = /^(?:[-+.]?\d[\d_.eExXa-f]*|true|false|null|yes|no|on|off|y|n|~|\.(?:inf|nan))$/i;

export function scalar(text: string): string {
  if (PLAIN.test(text) && !NOT_TEXT.test(text) && !text.endsWith(' ')) return text;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const flow = (texts: readonly string[]): string => `[${texts.map(scalar).join(', ')}]`;

/** `key: value`, `key: [a, b]`, or a line an item. */
export function entry(key: string, texts: readonly string[]): readonly string[] {
  const [only, second] = texts;
  if (only !== undefined && second === undefined) return [`${key}: ${scalar(only)}`];
  const line = `${key}: ${flow(texts)}`;
  return line.length <= WIDTH - 4 ? [line] : [`${key}:`, ...texts.map((text) => `  - ${scalar(text)}`)];
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const commented = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line === '' ? '#' : `# ${line}`));

/** What a comment quotes from a project can't end the comment. */
export const inOneLine = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');

/** Prose for people, broken between words. */
export function prose(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of inOneLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines;
}

export interface Block {
  /** said above it */
  readonly notes: readonly string[];
  readonly lines: readonly string[];
  /** false: written as a comment that is ready to be uncommented */
  readonly active: boolean;
}

/** A section of the registry; where nothing in it is active it is a comment as a whole, for an empty one is no mapping. */
export function section(name: string, blocks: readonly Block[]): readonly string[] {
  if (blocks.length === 0) return [];
  const active = blocks.some((block) => block.active);
  const lines: string[] = [active ? `${name}:` : `# ${name}:`];
  let tall = false;
  for (const [index, block] of blocks.entries()) {
    const grown = block.lines.length > 1 || block.notes.length > 0;
    if (index > 0 && (grown || tall)) lines.push('');
    tall = grown;
    const notes = block.notes.flatMap(prose);
    const own = block.active ? block.lines : commented(block.lines);
    if (active) lines.push(...indented([...notes, ...own]));
    else lines.push(...notes, ...commented(indented(block.lines)));
  }
  return lines;
}
