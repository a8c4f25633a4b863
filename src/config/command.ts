/** Command lines without a shell: a list is taken as it is, a string only where there is nothing to interpret in it. */
import { err, ok, type Result } from '../events/index.ts';

/** Words that only a shell understands. */
const SHELL_WORD = /^(\|\|?|&&?|;|[0-9]?>>?(&[0-9])?|<<?)$/;

/**
 * Splits at spaces, not inside `${…}`.
 * @returns on failure what is wrong and what to write instead
 */
export function splitCommand(text: string): Result<readonly string[], string> {
  const words = wordsOf(text);
  if (words.length === 0) return err('expected a program and its arguments');
  const quote = /["'`]/.exec(text);
  if (quote !== null) {
    return err(`expected a list, since nothing reads the quotes of a string: ${asList(text)}`);
  }
  const shell = words.find((word) => SHELL_WORD.test(word) || word.endsWith(';'));
  if (shell !== undefined) {
    return err(
      `expected one program and its arguments: there is no shell to read "${shell}"; put it into a script`,
    );
  }
  return ok(words);
}

/** Cut at white space outside of `${…}`. By hand: an expression would take quadratic time on many unclosed `${`. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let start = 0;
  let open = false;
  for (let at = 0; at <= text.length; at += 1) {
    if (text[at] === '$' && text[at + 1] === '{') open = true;
    if (text[at] === '}') open = false;
    if (at < text.length && (open || !/\s/.test(text[at] ?? ''))) continue;
    if (at > start) words.push(text.slice(start, at));
    start = at + 1;
  }
  return words;
}

/** The list that the author most likely meant, as YAML. */
function asList(text: string): string {
  const words = text.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const items = words.map((word) => JSON.stringify(word.replace(/^(["'])(.*)\1$/, '$2')));
  return `[${items.join(', ')}]`;
}
