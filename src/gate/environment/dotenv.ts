/** `.env` files: Node's own parser for the values, one look at the text for the lines. */
import { parseEnv } from 'node:util';
import type { Block } from './variable.ts';

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(["'`])?/;

/** @returns one block of all variables; the last assignment of a name counts, as for the parser */
export function dotenvBlock(text: string): Block {
  // A byte order mark would become part of the first name.
  const plain = text.replace(/^\ufeff/, '');
  const lines = assignmentLines(plain);
  const variables = Object.entries(parseEnv(plain)).map(([name, value]) => ({
    name,
    value: value ?? '',
    line: lines.get(name) ?? 1,
  }));
  return { names: [], line: 1, variables };
}

/** Line (from 1) of the last assignment of each name; lines inside of quoted values are none. */
function assignmentLines(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let open: string | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open !== null) {
      if (line.includes(open)) open = null;
      continue;
    }
    const match = ASSIGNMENT.exec(line);
    if (match?.[1] === undefined) continue;
    found.set(match[1], index + 1);
    const quote = match[2];
    if (quote !== undefined && !line.slice(match[0].length).includes(quote)) open = quote;
  }
  return found;
}
