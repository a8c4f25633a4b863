/** Promises of times: what was broken first, then what nobody can say, then what was kept. */
import type { Promised, ReportData } from '../data.ts';
import { h, section } from './dom.ts';

const ORDER = ['breached', 'not-judged', 'held'] as const;
const WORDS = {
  breached: ['failed', '✗ breached'],
  'not-judged': ['skipped', '○ not judged'],
  held: ['passed', '✓ held'],
} as const satisfies Record<Promised['verdict'], readonly [group: string, word: string]>;

export function slaSection({ sla }: ReportData): HTMLElement | null {
  if (sla.length === 0) return null;
  const sorted = [...sla].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return section('sla', 'SLA', h('ul', { class: 'incidents' }, ...sorted.map(promise)));
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
