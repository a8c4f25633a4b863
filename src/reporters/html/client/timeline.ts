/**
 * Where the time went. Wheel or pinch zooms, dragging moves; by keyboard arrows go from bar to bar, + and - zoom, 0 shows
 * all, Enter lists the file's tests. What is pointed at or chosen is said in a line below, and the table says all of it.
 */
import { duration } from '../../figures.ts';
import type { Bar, ReportData, Timeline } from '../data.ts';
import { h, section, table } from './dom.ts';
import { barWord } from './looks.ts';
import { draw, heightOf, type Picture, type Spot, spotAt, timeAt, type View } from './timeline-draw.ts';

const MOST_IN_TABLE = 300;

export interface TimelineView {
  readonly element: HTMLElement;
  update(data: ReportData): void;
}

export function timelineView(openFile: (file: string) => void): TimelineView {
  let data: ReportData | null = null;
  let timeline: Timeline = { end: 1, lanes: [], marks: [] };
  let view: View = { from: 0, to: 1 };
  let whole = true;
  let chosen: Spot | null = null;

  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'timeline',
    'aria-label':
      'Timeline of workers and services. Arrows go from bar to bar, plus and minus zoom, 0 shows all.',
    'aria-describedby': 'bar-said',
  });
  const said = h('p', { id: 'bar-said', class: 'said', 'aria-live': 'polite' });
  const button = (label: string, text: string, act: () => void): HTMLElement =>
    h('button', { type: 'button', 'aria-label': label, onclick: act }, text);
  const listed = h('details', {}, h('summary', {}, 'The same as a table'));
  listed.addEventListener('toggle', () => fillTable());
  const element = section(
    'timeline',
    'Timeline',
    canvas,
    h(
      'div',
      { class: 'under' },
      said,
      h(
        'span',
        { class: 'zoom no-print' },
        button('Zoom out', '−', () => zoom(1.6, middle())),
        button('Zoom in', '+', () => zoom(1 / 1.6, middle())),
        button('Show all of the run', 'all', () => showAll()),
      ),
    ),
    listed,
  );

  const picture = (): Picture => ({ canvas, timeline, view, chosen });
  const paint = (): void => draw(picture());
  const middle = (): number => (view.from + view.to) / 2;

  function see(from: number, to: number): void {
    const span = Math.min(timeline.end, Math.max(1, to - from));
    const start = Math.min(Math.max(0, from), timeline.end - span);
    view = { from: start, to: start + span };
    whole = span >= timeline.end;
    paint();
  }
  const zoom = (factor: number, at: number): void =>
    see(at - (at - view.from) * factor, at + (view.to - at) * factor);
  const showAll = (): void => see(0, timeline.end);

  function choose(spot: Spot | null): void {
    chosen = spot;
    const bar = barOf(spot);
    if (bar !== null && (bar.to < view.from || bar.from > view.to)) {
      const span = view.to - view.from;
      see(bar.from - span / 4, bar.from - span / 4 + span);
    }
    tell(bar);
    paint();
  }
  const barOf = (spot: Spot | null): Bar | null =>
    spot === null ? null : (timeline.lanes[spot.lane]?.bars[spot.bar] ?? null);

  function tell(bar: Bar | null): void {
    said.textContent =
      bar === null
        ? hint()
        : `${bar.text}: ${barWord(bar.kind)}, ${duration(bar.to - bar.from)}, from ${at(bar.from)}`;
  }
  const hint = (): string =>
    timeline.marks.map(({ t, text }) => `${text} at ${at(t)}`).join('; ') ||
    'Point at a bar, or go from bar to bar with the arrow keys.';

  function step(event: KeyboardEvent): boolean {
    switch (event.key) {
      case 'ArrowRight':
      case 'ArrowLeft': {
        const lane = chosen?.lane ?? firstLane();
        const bars = timeline.lanes[lane]?.bars ?? [];
        const bar = chosen === null ? 0 : chosen.bar + (event.key === 'ArrowRight' ? 1 : -1);
        if (bars[bar] !== undefined) choose({ lane, bar });
        return true;
      }
      case 'ArrowDown':
      case 'ArrowUp': {
        const lane = chosen === null ? firstLane() : chosen.lane + (event.key === 'ArrowDown' ? 1 : -1);
        const bars = timeline.lanes[lane]?.bars;
        if (bars !== undefined) choose({ lane, bar: nearest(bars, barOf(chosen)?.from ?? 0) });
        return true;
      }
      case '+':
      case '=':
        zoom(1 / 1.6, barOf(chosen)?.from ?? middle());
        return true;
      case '-':
        zoom(1.6, barOf(chosen)?.from ?? middle());
        return true;
      case '0':
      case 'Home':
        showAll();
        return true;
      case 'Enter':
        openChosen(chosen);
        return true;
      case 'Escape':
        choose(null);
        return true;
      default:
        return false;
    }
  }
  const firstLane = (): number =>
    Math.max(
      0,
      timeline.lanes.findIndex(({ kind }) => kind === 'worker'),
    );
  const openChosen = (spot: Spot | null): void => {
    const f = barOf(spot)?.f;
    const file = f === undefined ? undefined : data?.files[f]?.file;
    if (file !== undefined) openFile(file);
  };

  canvas.addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && step(event)) event.preventDefault();
  });
  let drag: { x: number; view: View; moved: boolean } | null = null;
  canvas.addEventListener('pointerdown', (event) => {
    drag = { x: event.offsetX, view, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (drag === null) {
      tell(barOf(spotAt(picture(), event.offsetX, event.offsetY)) ?? barOf(chosen));
      return;
    }
    if (Math.abs(event.offsetX - drag.x) > 3) drag.moved = true;
    const moved =
      timeAt({ canvas, view: drag.view }, drag.x) - timeAt({ canvas, view: drag.view }, event.offsetX);
    if (drag.moved) see(drag.view.from + moved, drag.view.to + moved);
  });
  canvas.addEventListener('pointerup', (event) => {
    const clicked = drag !== null && !drag.moved;
    drag = null;
    if (!clicked) return;
    const spot = spotAt(picture(), event.offsetX, event.offsetY);
    if (spot !== null && spot.lane === chosen?.lane && spot.bar === chosen.bar) openChosen(spot);
    else choose(spot);
  });
  canvas.addEventListener('pointerleave', () => tell(barOf(chosen)));
  canvas.addEventListener(
    'wheel',
    (event) => {
      // A plain wheel scrolls the page, as everywhere; with a modifier (or a pinch, which sets it) it zooms.
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      zoom(1.0015 ** (event.deltaY || event.deltaX), timeAt({ canvas, view }, event.offsetX));
    },
    { passive: false },
  );
  new ResizeObserver(paint).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  addEventListener('beforeprint', paint);

  function fillTable(): void {
    if (!listed.open) return;
    const bars = timeline.lanes.flatMap((lane) =>
      lane.bars.filter(({ kind }) => kind !== 'up').map((bar) => ({ lane, bar })),
    );
    const longest = bars
      .sort((a, b) => b.bar.to - b.bar.from - (a.bar.to - a.bar.from))
      .slice(0, MOST_IN_TABLE);
    const rows = longest
      .sort((a, b) => a.bar.from - b.bar.from)
      .map(({ lane, bar }) => [
        bar.text,
        lane.name,
        barWord(bar.kind),
        at(bar.from),
        duration(bar.to - bar.from),
      ]);
    const some =
      bars.length > longest.length
        ? [h('p', { class: 'quiet' }, `The longest ${longest.length} of ${bars.length}.`)]
        : [];
    listed.replaceChildren(
      h('summary', {}, 'The same as a table'),
      ...some,
      table('Timeline as a table', ['What', 'Where', 'How', 'From', 'For'], rows, [3, 4]),
    );
  }

  return {
    element,
    update(next) {
      data = next;
      timeline = next.timeline.end > 0 ? next.timeline : { ...next.timeline, end: 1 };
      canvas.style.height = `${heightOf(timeline)}px`;
      if (whole) view = { from: 0, to: timeline.end };
      if (barOf(chosen) === null) chosen = null;
      tell(barOf(chosen));
      fillTable();
      paint();
    },
  };
}

const at = (t: number): string => (t < 100 ? `${Math.round(t)} ms` : `${(t / 1000).toFixed(2)} s`);

function nearest(bars: readonly Bar[], t: number): number {
  let best = 0;
  for (const [index, bar] of bars.entries()) {
    if (Math.abs(bar.from - t) < Math.abs((bars[best]?.from ?? 0) - t)) best = index;
  }
  return best;
}
