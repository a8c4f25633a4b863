/** Skipped tests on the final screen: each with its reason, and what their budgets came to. */
import { count } from './figures.ts';
import { skipStates } from './skips.ts';
import type { Summary } from './summary.ts';
import { oneLine, title, wrap } from './text.ts';
import type { Theme } from './theme.ts';

/** One line a test; empty where none was skipped. */
export const skippedLines = (summary: Summary): readonly string[] =>
  [...summary.files.values()].flatMap(({ plan, tests }) =>
    tests
      .filter(({ verdict }) => verdict === 'skipped' || verdict === 'todo')
      .map(({ path, verdict, reason }) => {
        const why = reason === null ? 'no reason given' : oneLine(reason);
        return `     ${plan.file}  ${title(path)}: ${verdict === 'todo' ? `todo, ${why}` : why}`;
      }),
  );

interface SectionOptions {
  readonly theme: Theme;
  readonly columns: number;
  readonly detail: 'quiet' | 'normal' | 'verbose';
}

/** null where there is no budget, or none is exceeded and only that is asked for */
export function skipBudgets(summary: Summary, { theme, columns, detail }: SectionOptions): string | null {
  const states = skipStates(summary);
  const lines = (text: string, first: string): readonly string[] =>
    wrap(text, columns - 6).map((line, at) => (at === 0 ? ` ${first} ${line}` : `     ${line}`));
  const over = states
    .filter(({ verdict }) => verdict === 'breached')
    .flatMap(({ words }) => lines(`too many skipped: ${words}`, theme.red(theme.marks.fail)));
  if (detail === 'quiet') return over.length === 0 ? null : over.join('\n');

  const held = states.filter(({ verdict }) => verdict === 'held');
  const all = detail === 'verbose' ? held.map(({ words }) => `     ${words}`) : [];
  const open = states.filter(({ verdict, skipped }) => verdict === 'not-judged' && skipped > 0);
  return [
    ...(held.length === 0
      ? []
      : [` ${theme.green(theme.marks.pass)} ${count(held.length, 'skip budget')} held`, ...all]),
    ...open.flatMap(({ words }) => lines(words, theme.marks.skip)),
    ...over,
  ].join('\n');
}
