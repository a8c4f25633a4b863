/** Earlier runs of the same command: how long, and how many tests did not pass. A chart, and the same as a table. */
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
  let chart: uPlot | null = null;
  const said = h('p', { class: 'said', 'aria-live': 'polite' });
  const holder = h('div', { class: 'chart', 'aria-hidden': 'true' });
  const choice = h('button', { type: 'button', class: 'toggle', onclick: () => flip() }, 'same command only');
  const listed = h('details', {}, h('summary', {}, 'The same as a table'));
  const element = section(
    'trend',
    'Earlier runs',
    h('p', { class: 'under no-print' }, choice),
    holder,
    said,
    listed,
  );
  const flip = (): void => {
    only = !only;
    render();
  };
  const shownRuns = (): readonly PastRun[] => (only ? runs.filter(({ same }) => same) : runs);

  function render(): void {
    choice.setAttribute('aria-pressed', String(only));
    const shown = shownRuns();
    chart?.destroy();
    chart = shown.length < 2 ? null : plot(holder, shown, (at) => tell(at === null ? undefined : shown[at]));
    holder.hidden = chart === null;
    tell(undefined);
    listed.replaceChildren(h('summary', {}, 'The same as a table'), asTable([...shown].reverse(), current));
  }

  function tell(run: PastRun | undefined): void {
    const shown = shownRuns();
    if (run !== undefined) said.textContent = words(run);
    else if (shown.length < 2)
      said.textContent = only ? 'No earlier run of this command is kept.' : 'No earlier run is kept.';
    else if (only) said.textContent = compared(shown, current);
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
      render();
    },
  };
}

const HEIGHT = 170;

const date = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;

function words({ id, startedAt, command, end, same }: PastRun): string {
  const what =
    end === null
      ? 'cut off'
      : `${duration(end.ms)}, ${end.passed} passed, ${end.failed} failed, exit code ${end.exitCode}`;
  return `${id}, ${date(startedAt)} UTC: ${what}${same ? '' : `  (${command})`}`;
}

/** What the chart shows, in words: this run against the median of those before it. */
function compared(runs: readonly PastRun[], current: string): string {
  const now = runs.find(({ id }) => id === current)?.end;
  const before = runs
    .flatMap(({ id, end }) => (id === current || end === null ? [] : [end.ms]))
    .sort((a, b) => a - b);
  const middle = before[Math.floor((before.length - 1) / 2)];
  if (now === null || now === undefined || middle === undefined) return `${runs.length} runs.`;
  const share = Math.round((now.ms / middle - 1) * 100);
  const than = share === 0 ? 'as long as' : `${Math.abs(share)} % ${share > 0 ? 'longer' : 'shorter'} than`;
  return `${duration(now.ms)}, ${than} the median of the ${before.length} before (${duration(middle)}).`;
}

function asTable(runs: readonly PastRun[], current: string): HTMLElement {
  const rows = runs.map(({ id, startedAt, command, end }) => [
    id === current ? h('b', {}, `${id} (this)`) : id,
    date(startedAt),
    end === null ? 'cut off' : duration(end.ms),
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

function plot(holder: HTMLElement, runs: readonly PastRun[], at: (index: number | null) => void): uPlot {
  const style = getComputedStyle(holder);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const seconds = runs.map(({ end }) => (end === null ? null : end.ms / 1000));
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
