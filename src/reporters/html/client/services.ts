/** Where the services came from, what went wrong with them, and what really happened in them. */
import { count, duration } from '../../figures.ts';
import type { EvidenceFact, ReportData } from '../data.ts';
import { h, section, table } from './dom.ts';

export function servicesSection(data: ReportData): HTMLElement | null {
  const { services, evidence, serviceFailures } = data;
  if (services.length + evidence.length + serviceFailures.length === 0) return null;
  return section(
    'services',
    'Services',
    ...serviceFailures.map(({ service, what, remedy, tail, times }) =>
      h(
        'article',
        { class: 'failure' },
        h(
          'h3',
          {},
          h('span', { class: 'word failed' }, '✗ failed'),
          ` ${service}${times > 1 ? `, ${times} times` : ''}`,
        ),
        h('pre', { class: 'message', tabindex: 0 }, what),
        tail.length === 0
          ? null
          : h(
              'details',
              { open: true },
              h('summary', {}, `its log (last ${count(tail.length, 'line')})`),
              h('pre', { tabindex: 0 }, tail.join('\n')),
            ),
        remedy === null ? null : h('p', { class: 'reason' }, `Remedy: ${remedy}`),
      ),
    ),
    services.length === 0
      ? null
      : table(
          'Where the services came from',
          ['Service', 'Provider', 'Version', 'Endpoint (last)', 'Starts', 'Median', 'Longest'],
          services.map(({ service, provider, version, endpoint, starts, median, longest }) => [
            service,
            provider,
            version ?? '',
            h('code', {}, endpoint),
            String(starts),
            duration(median),
            duration(longest),
          ]),
          [4, 5, 6],
        ),
    evidence.length === 0 ? null : h('h3', {}, 'What really happened in them'),
    evidence.length === 0
      ? null
      : table(
          'Evidence by service',
          ['Service', 'Files with traffic', 'By the tests', 'In the service, by anybody'],
          evidence.map((fact) => [
            fact.service,
            fact.told === 0 ? `${fact.declared}` : `${fact.proven} of ${fact.told}`,
            fact.own === null ? '' : `${own(fact.own)}, ${count(fact.own.connections, 'connection')}`,
            total(fact.total),
          ]),
          [1],
        ),
    evidence.every(({ bySuite }) => bySuite.length === 0)
      ? null
      : h(
          'details',
          {},
          h('summary', {}, 'By suite'),
          table(
            'Evidence by suite',
            ['Suite', 'Service', 'By its tests'],
            evidence.flatMap(({ service, bySuite }) =>
              bySuite.map((one) => [one.suite, service, own(one.own)]),
            ),
          ),
        ),
  );
}

const number = (n: number): string => n.toLocaleString('en').replaceAll(',', '\u202f');

function own({ unit, operations, frames }: NonNullable<EvidenceFact['own']>): string {
  const parts = operations > 0 || frames === 0 ? [`${number(operations)} ${unit}`] : [];
  return [...parts, ...(frames > 0 ? [`${number(frames)} frames`] : [])].join(', ');
}

function total(totals: EvidenceFact['total']): string {
  if (totals === null) return '';
  if (totals.kind === 'redis') return `${number(totals.commands)} commands`;
  const { transactions, inserted, updated, deleted, fetched } = totals;
  return `${number(transactions)} transactions; rows: ${number(inserted)} inserted, ${number(updated)} updated, ${number(deleted)} deleted, ${number(fetched)} read`;
}
