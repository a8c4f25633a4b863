/** Earlier runs: how long all of each or one category of it took, and how many tests did not pass. A chart, and the same as a table. */
import uPlot from 'uplot';
import { duration } from '../../figures.ts';
import type { PastRun, ReportData } from '../data.ts';
import { h, section, table } from './dom.ts';

export interface TrendView {
  readonly element: HTMLElement;
  update(data: ReportData): void;
}

export function trendView(): TrendView {
  let runs: readonly PastRun[] = [];
  let current = '';
  /** figures of different commands say little beside each other */
  let only = true;
  /** the category that is looked at; empty: all of a run */
  let part = '';
  let chart: uPlot | null = null;
  const what = h('select', { 'aria-label': 'Time of', onchange: () => look() });
  const said = h('p', { class: 'said', 'aria-live': 'polite' });
  const holder = h('div', { class: 'chart', 'aria-hidden': 'true' });
  const choice = h('button', { type: 'button', class: 'toggle', onclick: () => flip() }, 'same command only');
  const listed = h('details', {}, h('summary', {}, 'The same as a table'));
  const element = section(
    'trend',
    'Earlier runs',
    h('p', { class: 'under no-print' }, choice, what),
    holder,
    said,
    listed,
  );
  const flip = (): void => {
    only = !only;
    render();
  };
  const look = (): void => {
    part = what.value;
    render();
  };
  // The other runs of a category are those that had it, whatever else they ran.
  const shownRuns = (): readonly PastRun[] =>
    runs.filter((run) => (!only || run.same) && (part === '' || timeOf(run, part) !== null));

  function offer(): void {
    const names = new Set(runs.flatMap(({ end }) => Object.keys(end?.categories ?? {})));
    if (!names.has(part)) part = '';
    const option = (value: string, text: string): HTMLElement => h('option', { value }, text);
    what.replaceChildren(
      option('', 'whole run'),
      ...[...names].map((name) => option(name, `category ${name}`)),
    );
    what.value = part;
    what.hidden = names.size === 0;
  }

  function render(): void {
    choice.setAttribute('aria-pressed', String(only));
    const shown = shownRuns();
    chart?.destroy();
    chart =
      shown.length < 2 ? null : plot(holder, shown, part, (at) => tell(at === null ? undefined : shown[at]));
    holder.hidden = chart === null;
    tell(undefined);
    listed.replaceChildren(
      h('summary', {}, 'The same as a table'),
      asTable([...shown].reverse(), part, current),
    );
  }

  function tell(run: PastRun | undefined): void {
    const shown = shownRuns();
    if (run !== undefined) said.textContent = words(run, part);
    else if (shown.length < 2)
      said.textContent = only ? 'No earlier run of this command is kept.' : 'No earlier run is kept.';
    else if (only) said.textContent = compared(shown, part, current);
    else
      said.textContent = `${shown.length} runs, of whatever was asked for; point at one to see its command.`;
  }

  new ResizeObserver(() => chart?.setSize({ width: holder.clientWidth, height: HEIGHT })).observe(holder);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
  return {
    element,
    update({ trend, run }) {
      if (JSON.stringify(trend) === JSON.stringify(runs) && current === run.id) return;
      runs = trend;
      current = run.id;
      only = runs.filter(({ same }) => same).length > 1;
      offer();
      render();
    },
  };
}

const HEIGHT = 170;

const date = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;

/** ms; null where it was cut, or has not had this category */
function timeOf({ end }: PastRun, part: string): number | null {
  return (part === '' ? end?.ms : end?.categories?.[part]) ?? null;
}

function words(run: PastRun, part: string): string {
  const { id, startedAt, command, end, same } = run;
  const what =
    end === null
      ? 'cut off'
      : `${duration(timeOf(run, part) ?? 0)}, ${end.passed} passed, ${end.failed} failed, exit code ${end.exitCode}`;
  return `${id}, ${date(startedAt)} UTC: ${what}${same ? '' : `  (${command})`}`;
}

/** What the chart shows, in words: this run against the median of those before it. */
function compared(runs: readonly PastRun[], part: string, current: string): string {
  const own = runs.find(({ id }) => id === current);
  const now = own === undefined ? null : timeOf(own, part);
  const before = runs
    .flatMap((run) => (run.id === current ? [] : (timeOf(run, part) ?? [])))
    .sort((a, b) => a - b);
  const middle = before[Math.floor((before.length - 1) / 2)];
  if (now === null || middle === undefined) return `${runs.length} runs.`;
  const share = Math.round((now / middle - 1) * 100);
  const than = share === 0 ? 'as long as' : `${Math.abs(share)} % ${share > 0 ? 'longer' : 'shorter'} than`;
  return `${duration(now)}, ${than} the median of the ${before.length} before (${duration(middle)}).`;
}

function asTable(runs: readonly PastRun[], part: string, current: string): HTMLElement {
  const rows = runs
    .map((run) => [run, timeOf(run, part) ?? 0] as const)
    .map(([{ id, startedAt, command, end }, ms]) => [
      id === current ? h('b', {}, `${id} (this)`) : id,
      date(startedAt),
      end === null ? 'cut off' : duration(ms),
      end === null ? '' : String(end.passed),
      end === null ? '' : String(end.failed),
      end === null ? '' : String(end.skipped),
      end === null ? '' : String(end.exitCode),
      h('code', {}, command),
    ]);
  return table(
    'Earlier runs as a table',
    ['Run', 'UTC', 'Time', 'Passed', 'Failed', 'Skipped', 'Exit', 'Command'],
    rows,
    [2, 3, 4, 5, 6],
  );
}

function plot(
  holder: HTMLElement,
  runs: readonly PastRun[],
  part: string,
  at: (index: number | null) => void,
): uPlot {
  const style = getComputedStyle(holder);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const seconds = runs.map((run) => {
    const time = timeOf(run, part);
    return time === null ? null : time / 1000;
  });
  const failed = runs.map(({ end }) => (end === null ? null : end.failed));
  const font = '11.5px ui-monospace, Menlo, Consolas, monospace';
  const axis = {
    stroke: colour('--quiet'),
    font,
    ticks: { show: false },
    grid: { stroke: colour('--rule'), width: 1 },
  };
  const bars = uPlot.paths.bars?.({ size: [0.5, 14] });
  return new uPlot(
    {
      width: holder.clientWidth || 600,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [-0.6, runs.length - 0.4] },
        s: { range: (_, __, max) => [0, (max || 1) * 1.15] },
        n: { range: (_, __, max) => [0, Math.max(4, max * 1.5)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, ticks) =>
            ticks.map((tick) =>
              Number.isInteger(tick) ? (runs[tick]?.startedAt.slice(5, 16).replace('T', ' ') ?? '') : '',
            ),
          space: 90,
        },
        { ...axis, scale: 's', values: (_, ticks) => ticks.map((tick) => `${tick} s`), size: 56 },
        {
          ...axis,
          scale: 'n',
          side: 1,
          grid: { show: false },
          values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? `${tick} ✗` : '')),
          size: 48,
        },
      ],
      series: [
        {},
        {
          scale: 's',
          stroke: colour('--ink'),
          width: 1.5,
          points: { show: true, size: 6, fill: colour('--page') },
        },
        {
          scale: 'n',
          fill: colour('--bar-failed'),
          stroke: colour('--failed'),
          width: 1,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        },
      ],
      hooks: { setCursor: [(self) => at(self.cursor.idx ?? null)] },
    },
    [runs.map((_, index) => index), seconds, failed],
    holder,
  );
}
