/** Promises of times on the final screen: what was broken and where the time went, what nobody can say, how many were kept. */
import { count } from './figures.ts';
import { failsOnSla, slaWords, slowestOf } from './sla.ts';
import type { Summary } from './summary.ts';
import { wrap } from './text.ts';
import type { Theme } from './theme.ts';

const SLOWEST = 3;
/** Those that were not judged, by name. */
const LISTED = 5;

interface SectionOptions {
  readonly theme: Theme;
  readonly columns: number;
  readonly detail: 'quiet' | 'normal' | 'verbose';
}

/** null where nothing was promised, or nothing is wrong and only that is asked for */
export function slaSection(summary: Summary, { theme, columns, detail }: SectionOptions): string | null {
  const { sla } = summary;
  const red = failsOnSla(summary);
  const mark = red ? theme.red(theme.marks.fail) : theme.yellow(theme.marks.warn);
  const lines = (text: string, first: string): readonly string[] =>
    wrap(text, columns - 6).map((line, at) => (at === 0 ? ` ${first} ${line}` : `     ${line}`));

  const broken = sla
    .filter(({ verdict }) => verdict === 'breached')
    .flatMap((breach) => [
      ...lines(`SLA breached: ${slaWords(breach)}`, mark),
      ...slowestOf(summary, breach, SLOWEST).map((file) => `     ${file}`),
    ]);
  if (detail === 'quiet') return broken.length === 0 ? null : broken.join('\n');

  const open = sla.filter(({ verdict }) => verdict === 'not-judged');
  const most = detail === 'verbose' ? open.length : LISTED;
  const rest = open.length - most;
  const unsaid = open.slice(0, most).flatMap((one) => lines(`SLA: ${slaWords(one)}`, theme.marks.skip));
  const held = sla.filter(({ verdict }) => verdict === 'held');
  const all = detail === 'verbose' ? held.map((one) => `     ${slaWords(one)}`) : [];
  return [
    ...(held.length === 0
      ? []
      : [` ${theme.green(theme.marks.pass)} ${count(held.length, 'SLA')} held`, ...all]),
    ...unsaid,
    ...(rest > 0 ? [`     … ${rest} more not judged`] : []),
    ...broken,
  ].join('\n');
}
