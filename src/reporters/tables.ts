/** The tables of the final screen. Pure: a summary in, lines out. */
import { formatSize } from '../config/index.ts';
import { duration, median } from './figures.ts';
import type { Summary } from './summary.ts';
import { listing } from './table.ts';
import { fit, oneLine } from './text.ts';
import type { Theme } from './theme.ts';
import { type Row, rowsBy, usualOf } from './totals.ts';

interface Count {
  readonly head: string;
  readonly of: (row: Row) => string;
  readonly paint?: 'red' | 'yellow';
}

const COUNTS: readonly Count[] = [
  { head: 'Files', of: ({ files }) => String(files) },
  { head: 'Tests', of: ({ tests }) => String(tests) },
  { head: 'Passed', of: ({ passed }) => String(passed) },
  { head: 'Failed', of: ({ failed }) => String(failed), paint: 'red' },
  { head: 'Skipped', of: ({ skipped }) => String(skipped), paint: 'yellow' },
  { head: 'Not run', of: ({ notRun }) => String(notRun), paint: 'yellow' },
  { head: 'Time', of: ({ ms }) => duration(ms) },
  { head: 'Usual', of: usualWords },
];
/** What stands between two columns, and before the first. */
const GAP = 2;
const NARROWEST_NAME = 12;
const WIDEST_NAME = 24;

export interface TableView {
  readonly theme: Theme;
  /** of the screen */
  readonly columns: number;
}

function countTable(label: string, rows: readonly Row[], { theme, columns }: TableView): string {
  const usual = rows.some(({ known }) => known > 0);
  const all = COUNTS.filter(({ head }) => usual || head !== 'Usual');
  // Where the screen is too narrow for all of them, those go that say nothing.
  const said = all.filter(({ of }) => rows.some((row) => of(row) !== '0'));
  const fits = (counts: readonly Count[]): boolean => widthOf(counts, rows) + NARROWEST_NAME < columns;
  const shown = fits(all) ? all : fits(said) ? said : said.filter(({ head }) => head !== 'Files');
  const name = Math.max(NARROWEST_NAME, columns - widthOf(shown, rows) - 1);
  const body = rows.map((row) => [
    fit(oneLine(row.name), Math.min(WIDEST_NAME, name)),
    ...shown.map(({ of, paint }) => {
      const text = of(row);
      return paint === undefined || text === '0' ? text : theme[paint](text);
    }),
  ]);
  return listing([theme.bold(label), ...shown.map(({ head }) => head)], body, [
    'left',
    ...shown.map(() => 'right' as const),
  ]);
}

const widthOf = (counts: readonly Count[], rows: readonly Row[]): number =>
  counts.reduce(
    (sum, { head, of }) => sum + GAP + Math.max(head.length, ...rows.map((row) => of(row).length)),
    0,
  );

/** With `~` where some of its files have no usual time. */
function usualWords({ usual, ran, known }: Row): string {
  if (known === 0) return '';
  return known < ran ? `~${duration(usual)}` : duration(usual);
}

export const categoryTable = (summary: Summary, view: TableView): string =>
  countTable(
    'Category',
    rowsBy(summary, ({ plan }) => plan.category),
    view,
  );

export const suiteTable = (summary: Summary, view: TableView): string =>
  countTable(
    'Suite',
    rowsBy(summary, ({ plan }) => plan.suite),
    view,
  );

/** null where no suite belongs to a service */
export function serviceTable(summary: Summary, view: TableView): string | null {
  const rows = rowsBy(summary, ({ plan }) => plan.service);
  return rows.length === 0 ? null : countTable('Service', rows, view);
}

/** Where each service came from, where it answered, and how long it took to be ready. */
export function startTable(summary: Summary, theme: Theme): string | null {
  if (summary.services.length === 0) return null;
  const rows = summary.services.map(({ service, provider, version, endpoint, starts }) => [
    service,
    version === null ? provider : `${provider} ${version}`,
    fit(endpoint, 30),
    String(starts.length),
    duration(median(starts)),
    duration(Math.max(...starts)),
  ]);
  const head = [theme.bold('Started'), 'Provider', 'Endpoint (last)', 'Starts', 'Median', 'Longest'];
  return listing(head, rows, ['left', 'left', 'left', 'right', 'right', 'right']);
}

/** The files that took longest, beside what they usually take. @param most how many */
export function slowestTable(summary: Summary, { theme, columns }: TableView, most: number): string | null {
  const slowest = [...summary.files.values()]
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, most);
  if (slowest.length < 2) return null;
  const withUsual = slowest.some((file) => usualOf(file) !== null);
  const name = Math.max(24, Math.min(56, columns - (withUsual ? 28 : 19)));
  const rows = slowest.map((file) => {
    const usual = usualOf(file);
    return [
      fit(oneLine(file.plan.file), name),
      String(file.counts.passed + file.counts.failed),
      duration(file.ms),
      ...(withUsual ? [usual === null ? '' : duration(usual)] : []),
    ];
  });
  const heads = ['Tests', 'Time', ...(withUsual ? ['Usual'] : [])];
  return listing([theme.bold('Slowest files'), ...heads], rows, [
    'left',
    ...heads.map(() => 'right' as const),
  ]);
}

/** The files whose processes took most memory. @param most how many */
export function memoryTable(summary: Summary, theme: Theme, most: number): string | null {
  const rows = [...summary.files.values()]
    .flatMap(({ plan, last }) => (last?.memory === undefined ? [] : [{ plan, ...last.memory }]))
    .sort((a, b) => b.peak - a.peak)
    .slice(0, most)
    .map(({ plan, peak, limit }) => [
      fit(oneLine(plan.file), 56),
      formatSize(peak),
      limit === undefined ? '' : formatSize(limit),
    ]);
  if (rows.length === 0) return null;
  return listing([theme.bold('Most memory'), 'Peak', 'Limit'], rows, ['left', 'right', 'right']);
}
