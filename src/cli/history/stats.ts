/** `runner stats`: what all recorded runs say together. */
import { readTests, type Stats, statistics } from '../../history/index.ts';
import { count, duration, fit, listing, oneLine } from '../../reporters/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { Terminal } from '../terminal.ts';
import { type HistoryFlags, recordedHistory } from './runs.ts';

/** @returns the exit code */
export async function showStats(flags: HistoryFlags, terminal: Terminal): Promise<number> {
  const recorded = await recordedHistory(flags, terminal);
  if (!recorded.ok) return problems(recorded.error, terminal);
  const stats = statistics(recorded.value.history, readTests(recorded.value.folder), flags.last);
  terminal.out.write(
    flags.json === true ? `${JSON.stringify(stats, null, 2)}\n` : `${statsLines(stats, terminal)}\n`,
  );
  return EXIT_CODES.ok.code;
}

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
const NAME = 56;

function statsLines(stats: Stats, { theme }: Terminal): string {
  const { runs, from, to } = stats;
  if (from === null || to === null) return ' no run is recorded yet; runner runs the tests';
  const parts = [
    ` ${count(runs, 'run')}, ${from.slice(0, 10)} to ${to.slice(0, 10)}`,
    listing(
      [theme.bold('Category'), 'Runs', 'Files', 'Results', 'Green', 'Usual'],
      stats.categories.map(({ category, runs: of, files, results, green, usual }) => [
        fit(category, 24),
        String(of),
        String(files),
        String(results),
        percent(green / results),
        duration(usual),
      ]),
      ['left', 'right', 'right', 'right', 'right', 'right'],
    ),
    stats.flaky.length === 0
      ? ` ${theme.green(theme.marks.pass)} no test was seen to pass and fail with the same code`
      : listing(
          [theme.bold('Flaky'), 'Failed', 'Probability', '95 %'],
          stats.flaky.map(({ file, title, runs: of, failures, probability, interval }) => [
            fit(oneLine(`${file} > ${title}`), NAME),
            `${failures}/${of}`,
            percent(probability),
            `${percent(interval.from)} to ${percent(interval.to)}`,
          ]),
          ['left', 'right', 'right', 'right'],
        ),
    timesOf(theme.bold('Slowest files'), stats.slowestFiles),
    timesOf(
      theme.bold('Slowest tests'),
      stats.slowestTests.map(({ file, title, usual }) => ({ file: oneLine(`${file} > ${title}`), usual })),
    ),
    stats.trends.length === 0
      ? null
      : listing(
          [theme.bold('Slower or faster than before'), 'Before', 'Now', 'Change'],
          stats.trends.map(({ file, before, now, change }) => [
            fit(file, NAME),
            duration(before),
            duration(now),
            `${change > 0 ? '+' : ''}${percent(change)}`,
          ]),
          ['left', 'right', 'right', 'right'],
        ),
  ];
  return parts.filter((part) => part !== null).join('\n\n');
}

const timesOf = (
  head: string,
  rows: readonly { readonly file: string; readonly usual: number }[],
): string | null =>
  rows.length === 0
    ? null
    : listing(
        [head, 'Usual'],
        rows.map(({ file, usual }) => [fit(file, NAME), duration(usual)]),
        ['left', 'right'],
      );
