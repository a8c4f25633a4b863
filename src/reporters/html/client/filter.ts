/**
 * Which rows a filter leaves, and its state in the address. Pure: no document here, so that it is tested without one.
 * The text of every row is lower-cased once; a search walks plain strings (20,000 rows in a few ms).
 */
import type { ReportData, TestRow, VerdictGroup } from '../data.ts';
import { VERDICTS } from './looks.ts';

export const SORTS = ['run', 'slowest', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export interface Filter {
  /** words that must all occur, in the title or the file */
  readonly text: string;
  /** empty: all */
  readonly verdicts: readonly VerdictGroup[];
  readonly category: string;
  readonly suite: string;
  readonly service: string;
  readonly sort: Sort;
}

export const EVERYTHING: Filter = {
  text: '',
  verdicts: [],
  category: '',
  suite: '',
  service: '',
  sort: 'run',
};

export interface Index {
  readonly rows: readonly TestRow[];
  readonly files: ReportData['files'];
  readonly texts: readonly string[];
}

export function indexOf({ rows, files }: Pick<ReportData, 'rows' | 'files'>): Index {
  const names = files.map(({ file, suite }) => `${file}\n${suite}`.toLowerCase());
  return { rows, files, texts: rows.map((row) => `${row.p.join(' › ').toLowerCase()}\n${names[row.f]}`) };
}

/** @returns indices of rows, in the order in which they are shown */
export function select(index: Index, filter: Filter): readonly number[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = filter.verdicts.length === 0 ? null : new Set<VerdictGroup>(filter.verdicts);
  const files = index.files.map(
    (file) =>
      (filter.category === '' || file.category === filter.category) &&
      (filter.suite === '' || file.suite === filter.suite) &&
      (filter.service === '' || file.service === filter.service),
  );
  const found: number[] = [];
  for (const [at, row] of index.rows.entries()) {
    if (files[row.f] !== true) continue;
    if (groups !== null && !groups.has(VERDICTS[row.v].group)) continue;
    const text = index.texts[at] ?? '';
    if (words.every((word) => text.includes(word))) found.push(at);
  }
  return sorted(found, index, filter.sort);
}

function sorted(found: number[], { rows, texts }: Index, sort: Sort): readonly number[] {
  switch (sort) {
    case 'run':
      return found;
    case 'slowest':
      return found.sort((a, b) => (rows[b]?.ms ?? 0) - (rows[a]?.ms ?? 0) || a - b);
    case 'name':
      return found.sort((a, b) => order(texts[a] ?? '', texts[b] ?? '') || a - b);
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** How many rows there are of each group. */
export function countGroups(rows: readonly TestRow[]): Readonly<Record<VerdictGroup, number>> {
  const counts = { failed: 0, flaky: 0, passed: 0, skipped: 0, 'not-run': 0 };
  for (const { v } of rows) counts[VERDICTS[v].group] += 1;
  return counts;
}

/** The address's fragment for a filter and a row that is looked at; empty for everything. */
export function toHash(filter: Filter, test: number | null): string {
  const state = new URLSearchParams();
  if (filter.text !== '') state.set('q', filter.text);
  if (filter.verdicts.length > 0) state.set('verdict', filter.verdicts.join(','));
  for (const key of ['category', 'suite', 'service'] as const)
    if (filter[key] !== '') state.set(key, filter[key]);
  if (filter.sort !== 'run') state.set('sort', filter.sort);
  if (test !== null) state.set('test', String(test));
  return state.toString();
}

/** Anything that is not understood counts as not said; a plain `#section` is no state at all and gives null. */
export function fromHash(hash: string): { readonly filter: Filter; readonly test: number | null } | null {
  const text = hash.replace(/^#/, '');
  if (text !== '' && !text.includes('=')) return null;
  const state = new URLSearchParams(text);
  const groups = ['failed', 'flaky', 'passed', 'skipped', 'not-run'] as const;
  const asked = (state.get('verdict') ?? '').split(',');
  const test = state.get('test');
  return {
    filter: {
      text: state.get('q') ?? '',
      verdicts: groups.filter((group) => asked.includes(group)),
      category: state.get('category') ?? '',
      suite: state.get('suite') ?? '',
      service: state.get('service') ?? '',
      sort: SORTS.find((sort) => sort === state.get('sort')) ?? 'run',
    },
    test: test !== null && /^\d+$/.test(test) ? Number(test) : null,
  };
}
