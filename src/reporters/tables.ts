/** The tables of the final screen. Pure: a summary in, lines out. */
import { duration, median } from './figures.ts';
import type { Summary } from './summary.ts';
import { listing } from './table.ts';
import { fit, oneLine } from './text.ts';
import type { Theme } from './theme.ts';
import { type Row, rowsBy } from './totals.ts';

const COUNT_COLUMNS = ['Files', 'Tests', 'Passed', 'Failed', 'Skipped', 'Not run', 'Time'];

function countTable(label: string, rows: readonly Row[], theme: Theme): string {
  const body = rows.map((row) => [
    fit(oneLine(row.name), 24),
    String(row.files),
    String(row.tests),
    String(row.passed),
    row.failed > 0 ? theme.red(String(row.failed)) : '0',
    row.skipped > 0 ? theme.yellow(String(row.skipped)) : '0',
    row.notRun > 0 ? theme.yellow(String(row.notRun)) : '0',
    duration(row.ms),
  ]);
  return listing([theme.bold(label), ...COUNT_COLUMNS], body, [
    'left',
    ...COUNT_COLUMNS.map(() => 'right' as const),
  ]);
}

export function categoryTable(summary: Summary, theme: Theme): string {
  return countTable(
    'Category',
    rowsBy(summary, ({ plan }) => plan.category),
    theme,
  );
}

export function suiteTable(summary: Summary, theme: Theme): string {
  return countTable(
    'Suite',
    rowsBy(summary, ({ plan }) => plan.suite),
    theme,
  );
}

/** null where no suite belongs to a service */
export function serviceTable(summary: Summary, theme: Theme): string | null {
  const rows = rowsBy(summary, ({ plan }) => plan.service);
  return rows.length === 0 ? null : countTable('Service', rows, theme);
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

/** The files that took longest. @param most how many */
export function slowestTable(summary: Summary, theme: Theme, most: number): string | null {
  const slowest = [...summary.files.values()]
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, most);
  if (slowest.length < 2) return null;
  const rows = slowest.map((file) => [
    fit(oneLine(file.plan.file), 56),
    String(file.counts.passed + file.counts.failed),
    duration(file.ms),
  ]);
  return listing([theme.bold('Slowest files'), 'Tests', 'Time'], rows, ['left', 'right', 'right']);
}
