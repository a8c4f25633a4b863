/** Writing XML 1.0: what is escaped, what is not allowed in it at all, and how elements are set in. */
import { stripVTControlCharacters } from 'node:util';

export type Attributes = Readonly<Record<string, string | number | null>>;

export interface Element {
  readonly name: string;
  /** those that are null are left out */
  readonly attributes: Attributes;
  /** elements, or text that is not escaped yet */
  readonly content: readonly Element[] | string;
}

export const element = (name: string, attributes: Attributes, content: Element['content'] = []): Element => ({
  name,
  attributes,
  content,
});

/** The document. */
export const xml = (root: Element): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${written(root, '')}\n`;

function written({ name, attributes, content }: Element, indent: string): string {
  const given = Object.entries(attributes)
    .flatMap(([key, value]) => (value === null ? [] : [` ${key}="${attribute(String(value))}"`]))
    .join('');
  const open = `${indent}<${name}${given}`;
  if (content.length === 0) return `${open}/>`;
  if (typeof content === 'string') return `${open}>${characters(content)}</${name}>`;
  const inside = content.map((child) => written(child, `${indent}  `)).join('\n');
  return `${open}>\n${inside}\n${indent}</${name}>`;
}

/** Text between tags; `>` is escaped too, so that `]]>` can't come up. */
const characters = (text: string): string =>
  allowed(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Line breaks and tabs as references: a parser would turn them into blanks. */
const attribute = (text: string): string =>
  characters(text)
    .replace(/"/g, '&quot;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

/** No escape sequence, no control character, no half of a surrogate pair: XML has no way to write them. */
const allowed = (text: string): string =>
  stripVTControlCharacters(text).replace(
    /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
    '\ufffd',
  );
