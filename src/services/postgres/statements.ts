/**
 * Where the statements of an SQL text begin, as Postgres cuts it: at semicolons that stand in no string, quoted name,
 * dollar-quoted body, comment or parenthesis. Empty ones do not count, since the server answers none for them.
 * Limit: the body of a function in standard SQL (`BEGIN ATOMIC`) holds semicolons of its own; then nothing is said.
 */

/** One thing that no semicolon inside of it ends; block comments nest one level deep at most here. */
const OPAQUE =
  /--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*\*\/|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/y;

/** @returns 1-based lines; null where it can't be told */
export function statementLines(sql: string): readonly number[] | null {
  if (/\bbegin\s+atomic\b/i.test(sql)) return null;
  const lines: number[] = [];
  let line = 1;
  let begun = false;
  let depth = 0;
  for (let at = 0; at < sql.length; ) {
    OPAQUE.lastIndex = at;
    const [opaque] = OPAQUE.exec(sql) ?? [];
    const part = opaque ?? sql.charAt(at);
    const isComment = part.startsWith('--') || part.startsWith('/*');
    if (part === ';' && depth === 0) begun = false;
    else if (!begun && !isComment && part.trim() !== '') {
      begun = true;
      lines.push(line);
    }
    if (part === '(') depth += 1;
    if (part === ')') depth -= 1;
    line += part.split('\n').length - 1;
    at += part.length;
  }
  return lines;
}
