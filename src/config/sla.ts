/** How long something may take, as the registry promises it: its defaults, and which keys fit each other. */
import { fileId } from '../events/index.ts';
import type { NamedSlaConfig, SlaConfig } from './policies.ts';
import type { Finding } from './references.ts';
import type { Registry } from './schema.ts';
import type { SlaInput } from './schema-sla.ts';

const RUNS = 10;
const TITLES = ' > ';

export const toSla = ({ duration, p95, slower, runs }: SlaInput): SlaConfig => ({
  duration: duration ?? null,
  p95: p95 ?? null,
  slower: slower ?? null,
  runs: runs ?? RUNS,
});

export function toNamedSla(test: string, sla: SlaInput): NamedSlaConfig {
  const [file = '', ...titles] = test.split(TITLES);
  return { ...toSla(sla), file: fileId(file), title: titles.length === 0 ? null : titles.join(TITLES) };
}

export function slaFindings({ sla = {}, categories = {}, suites = {} }: Registry): readonly Finding[] {
  const all = [
    ...Object.entries(categories).map(([name, { sla: own }]) => [['categories', name, 'sla'], own] as const),
    ...Object.entries(suites).map(([name, { sla: own }]) => [['suites', name, 'sla'], own] as const),
    ...Object.entries(sla).map(([name, own]) => [['sla', name], own] as const),
  ];
  return all.flatMap(([path, own]) => {
    if (own === undefined) return [];
    const of = (key: string, message: string, hint: string): Finding[] => [
      { path: [...path, key], on: 'key', part: null, message, hint },
    ];
    if (own.runs !== undefined && own.slower === undefined)
      return of('runs', '"runs" without "slower"', 'it says how many runs "slower" is held against');
    const single = path[0] === 'sla' && path[1]?.includes(TITLES) === true;
    if (own.p95 !== undefined && single)
      return of(
        'p95',
        '"p95" of a single test',
        'it is over many tests: write duration, or name the file alone',
      );
    return [];
  });
}
