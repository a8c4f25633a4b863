/** Regular expressions that people write, and what is wrong with them in plain words. */
import { err, ok, type Result } from '../events/index.ts';

/** V8's words → ours. What is not in the list is shown as V8 puts it. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/Unterminated group/, 'a "(" is never closed'],
  [/Unmatched '\)'/, 'a ")" has no "(" before it'],
  [/Unterminated character class/, 'a "[" is never closed'],
  [/Nothing to repeat/, 'a "*", "+" or "?" has nothing before it to repeat'],
  [/numbers out of order/, 'in "{n,m}" the first number is greater than the second'],
  [/Range out of order/, 'in "[a-z]" the first character comes after the second'],
  [/\\ at end of pattern/, 'it ends in a single "\\"'],
  [/Invalid group/, '"(?" is followed by something unknown'],
  [/Invalid named capture|Invalid capture group name/, 'the name of a "(?<name>…)" group is not valid'],
  [/Duplicate capture group name/, 'two groups have the same name'],
];

/** @returns on failure what is wrong with it, e.g. `a "(" is never closed` */
export function parsePattern(text: string): Result<RegExp, string> {
  try {
    return ok(new RegExp(text));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const plain = PLAIN.find(([theirs]) => theirs.test(said));
    return err(plain?.[1] ?? said.slice(said.lastIndexOf(': ') + 2).toLowerCase());
  }
}

/** A text as the source of an expression that means it as it stands; `/` too, which some tools read as the end of one. */
export const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
