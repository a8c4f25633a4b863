/** What a watch says between its rounds. */
import { relative, sep } from 'node:path';
import { count, oneLine, type Theme } from '../../reporters/index.ts';
import type { Prepared } from '../prepare.ts';

/** Names that a line lists. */
const LISTED = 3;

/** @param files absolute */
export const changed = (files: readonly string[], root: string): string => `${named(files, root)} changed`;

function named(files: readonly string[], root: string): string {
  const names = files.slice(0, LISTED).map((file) => oneLine(relative(root, file).split(sep).join('/')));
  const more = files.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** @param files absolute */
export const takenForOwn = (files: readonly string[], root: string): string =>
  ` warning  ${named(files, root)} changed during one round after the other: taken for what the tests write\n` +
  '          no round for it until it is saved between two rounds; let git ignore it, or have the tests write elsewhere\n';

export const heading = (number: number, why: string, files: number, { bold, dim }: Theme): string =>
  `\n ${bold(`round ${number}`)}  ${why}${dim(`, ${count(files, 'test file')}`)}\n`;

/** @param keys whether there is a terminal to press them on */
export function waiting(
  root: string,
  pattern: string | null,
  keys: 'read' | 'not read',
  theme: Theme,
): string {
  const what = `${theme.bold('watching')} ${root}${pattern === null ? '' : `  pattern ${oneLine(pattern)}`}`;
  const how =
    keys === 'read'
      ? 'r again  f failed  a all  p pattern  q quit'
      : 'keys need a terminal on standard input; Ctrl-C ends it';
  return `\n ${what}  ${theme.dim(how)}\n`;
}

export const HELP = `
 a saved file runs the test files that it reaches
   r  what ran last, again
   f  what failed when it was last run and has not passed since
   a  all of the selection, without a pattern
   p  only test files that a pattern names, or else tests whose titles it matches; empty: all
   q  quit, with the exit code of the last round (as Ctrl-C)
`;

/** Why a round has nothing to run. */
export function nothing(why: string, { plan, filters }: Prepared, theme: Theme): string {
  const lines = plan.notSelected.map(
    ({ suite, files, reason, remedy }) => `     ${suite} (${count(files, 'file')}): ${reason}; add ${remedy}`,
  );
  const none = (filters.chosen ?? [])
    .filter(({ files }) => files.size === 0)
    .map(({ none }) => `     ${none}`);
  const reasons =
    lines.length > 0 ? lines : none.length > 0 ? none : ['     no test file of the selection is meant'];
  return ` ${theme.yellow(theme.marks.skip)} ${why}: nothing to run\n${reasons.join('\n')}\n`;
}
