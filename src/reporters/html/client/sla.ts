/** Promises, of times and of skipped tests: what was broken first, then what nobody can say, then what was kept. */
import type { Promised, ReportData } from '../data.ts';
import { h, section } from './dom.ts';

const ORDER = ['breached', 'not-judged', 'held'] as const;
const WORDS = {
  breached: ['failed', '✗ breached'],
  'not-judged': ['skipped', '○ not judged'],
  held: ['passed', '✓ held'],
} as const satisfies Record<Promised['verdict'], readonly [group: string, word: string]>;

export const slaSection = ({ sla }: ReportData): HTMLElement | null => promises('sla', 'SLA', sla);

export const skipsSection = ({ skips }: ReportData): HTMLElement | null =>
  promises('skips', 'Skip budgets', skips);

function promises(id: string, title: string, all: readonly Promised[]): HTMLElement | null {
  if (all.length === 0) return null;
  const sorted = [...all].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return section(id, title, h('ul', { class: 'incidents' }, ...sorted.map(promise)));
}

function promise({ verdict, words, slowest }: Promised): HTMLElement {
  const [group, word] = WORDS[verdict];
  return h(
    'li',
    {},
    h('b', { class: group }, word),
    ` ${words}`,
    slowest.length === 0 ? null : h('ul', {}, ...slowest.map((file) => h('li', {}, h('small', {}, file)))),
  );
}
