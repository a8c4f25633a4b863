/** The top of the page: what the run came to, how it was started, its proportions, and the way to every section. */
import { duration } from '../../figures.ts';
import type { ReportData } from '../data.ts';
import { copyButton } from './copy.ts';
import { h } from './dom.ts';
import { countGroups, type Filter } from './filter.ts';
import { GROUPS } from './looks.ts';

const SIGNS = { good: '✓', bad: '✗', running: '●' } as const;

export function header(data: ReportData, look: (filter: Partial<Filter>) => void): HTMLElement {
  const { run, headline } = data;
  const counts = countGroups(data.rows);
  const present = GROUPS.filter(({ group }) => counts[group] > 0);
  const all = Math.max(1, data.rows.length);
  return h(
    'header',
    { class: `tone-${headline.tone}${run.state === 'cut' ? ' cut' : ''}` },
    h(
      'p',
      { class: 'kicker' },
      [run.id, when(run.startedAt), duration(run.ms), exit(data)].filter(Boolean).join('   '),
    ),
    h(
      'h1',
      {},
      h('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[headline.tone]),
      ` ${headline.text}`,
    ),
    ...headline.besides.map((text) => h('p', { class: 'besides' }, text)),
    run.command === ''
      ? null
      : h('p', { class: 'command' }, h('code', {}, run.command), copyButton(run.command)),
    h(
      'div',
      { class: 'proportions', 'aria-hidden': 'true' },
      ...present.map(({ group }) => {
        const part = h('span', { class: `part ${group}` });
        part.style.flexGrow = String(counts[group] / all);
        return part;
      }),
    ),
    h(
      'p',
      { class: 'counts' },
      ...present.map(({ group, mark, word }) =>
        h(
          'button',
          { type: 'button', class: `plain ${group}`, onclick: () => look({ verdicts: [group] }) },
          h('span', { 'aria-hidden': 'true' }, `${mark} `),
          h('b', {}, String(counts[group])),
          ` ${word}`,
        ),
      ),
    ),
  );
}

const when = (iso: string | null): string =>
  iso === null ? '' : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

const exit = ({ run }: ReportData): string => (run.exitCode === null ? '' : `exit code ${run.exitCode}`);

/** Links to the sections that are there. They go by hand, so that the address keeps the filter. */
export function navigation(sections: readonly HTMLElement[]): HTMLElement {
  return h(
    'nav',
    { 'aria-label': 'Sections' },
    h(
      'ul',
      {},
      ...sections.map((section) => {
        const name = section.querySelector('h2');
        const go = (event: Event): void => {
          event.preventDefault();
          section.scrollIntoView({ block: 'start' });
          name?.focus({ preventScroll: true });
        };
        return h('li', {}, h('a', { href: `#${section.id}`, onclick: go }, name?.textContent ?? ''));
      }),
    ),
  );
}
