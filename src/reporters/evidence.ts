/**
 * What really happened in the services, as two tables: by service with what the service itself counted, and by suite with
 * what its own tests did. Pure: a summary in, lines out.
 */
import type { OwnTraffic, ServiceEvidence, ServiceTotals } from '../events/index.ts';
import { count } from './figures.ts';
import type { FileResult, Summary } from './summary.ts';
import { listing } from './table.ts';
import { fit, oneLine } from './text.ts';
import type { Theme } from './theme.ts';

/** Null where no file held a service. */
export function evidenceTable(summary: Summary, theme: Theme): string | null {
  const byService = groups(summary, () => '');
  if (byService.length === 0) return null;
  const rows = byService.map(({ service, declared, with: proven, told, own, totals }) => [
    service,
    told === 0
      ? `${declared}`
      : proven < told
        ? theme.yellow(`${proven} of ${told}`)
        : `${proven} of ${told}`,
    own === null ? '' : String(own.connections),
    own === null ? '' : operations(own),
    totals === null ? '' : inTheService(totals),
  ]);
  const head = [theme.bold('Evidence'), 'Files', 'Connections', 'By the tests', 'In the service, by anybody'];
  return listing(head, rows, ['left', 'right', 'right', 'left', 'left']);
}

/** Null where no suite needs a service. */
export function suiteEvidenceTable(summary: Summary, theme: Theme): string | null {
  const bySuite = new Map<string, string[]>();
  for (const { key, service, own } of groups(summary, ({ plan }) => plan.suite)) {
    if (own === null) continue;
    bySuite.set(key, [...(bySuite.get(key) ?? []), `${service} ${operations(own)}`]);
  }
  if (bySuite.size === 0) return null;
  const rows = [...bySuite].map(([suite, traffic]) => [fit(oneLine(suite), 24), traffic.join(' · ')]);
  return listing([theme.bold('Evidence by suite'), 'By its tests'], rows, ['left', 'left']);
}

export interface Group {
  readonly key: string;
  readonly service: string;
  /** files whose suite names the service */
  declared: number;
  /** of those, the files whose own traffic could be told */
  told: number;
  /** of those, the files that showed some */
  with: number;
  own: OwnTraffic | null;
  totals: ServiceTotals | null;
}

/** What was shown of each service, over the files with the same key. */
export function groups(summary: Summary, keyOf: (file: FileResult) => string): readonly Group[] {
  const found = new Map<string, Group>();
  for (const file of summary.files.values()) {
    for (const evidence of file.evidence) {
      const key = keyOf(file);
      const { service } = evidence;
      const name = JSON.stringify([key, service]);
      const group = found.get(name) ?? {
        key,
        service,
        declared: 0,
        told: 0,
        with: 0,
        own: null,
        totals: null,
      };
      found.set(name, group);
      add(group, evidence);
    }
  }
  return [...found.values()];
}

function add(group: Group, { declared, own, total }: ServiceEvidence): void {
  if (declared) group.declared += 1;
  if (own !== null) {
    group.told += 1;
    if (own.operations + own.frames > 0) group.with += 1;
    group.own = {
      // Statements and transactions of one service, depending on who else used it: called statements together.
      unit: group.own === null || group.own.unit === own.unit ? own.unit : 'statements',
      connections: (group.own?.connections ?? 0) + own.connections,
      operations: (group.own?.operations ?? 0) + own.operations,
      frames: (group.own?.frames ?? 0) + own.frames,
    };
  }
  if (total !== null) group.totals = sum(group.totals, total);
}

function sum(before: ServiceTotals | null, more: ServiceTotals): ServiceTotals {
  if (before?.kind === 'postgres' && more.kind === 'postgres') {
    return {
      kind: 'postgres',
      connections: before.connections + more.connections,
      transactions: before.transactions + more.transactions,
      inserted: before.inserted + more.inserted,
      updated: before.updated + more.updated,
      deleted: before.deleted + more.deleted,
      fetched: before.fetched + more.fetched,
    };
  }
  if (before?.kind === 'redis' && more.kind === 'redis') {
    return {
      kind: 'redis',
      connections: before.connections + more.connections,
      commands: before.commands + more.commands,
    };
  }
  return more;
}

function operations({ unit, operations: n, frames }: OwnTraffic): string {
  const parts = n > 0 || frames === 0 ? [count(n, unit.slice(0, -1))] : [];
  return [...parts, ...(frames > 0 ? [count(frames, 'frame')] : [])].join(', ');
}

function inTheService(totals: ServiceTotals): string {
  switch (totals.kind) {
    case 'postgres': {
      const { transactions, inserted, updated, deleted, fetched } = totals;
      const rows = `rows ${inserted} inserted, ${updated} updated, ${deleted} deleted, ${fetched} read`;
      return `${count(transactions, 'transaction')}; ${rows}`;
    }
    case 'redis':
      return count(totals.commands, 'command');
  }
}
