/** Draws the timeline on a canvas: where a bar lies, and how it looks. Colours come from the style sheet. */
import { duration } from '../../figures.ts';
import type { Bar, BarKind, Lane, Timeline } from '../data.ts';
import { VERDICTS } from './looks.ts';

/** The stretch of time that is shown, ms. */
export interface View {
  readonly from: number;
  readonly to: number;
}

export interface Spot {
  readonly lane: number;
  readonly bar: number;
}

const LABEL = 104;
const AXIS = 22;
const GAP = 3;
const HEIGHT: Readonly<Record<Lane['kind'], number>> = { setup: 14, worker: 26, service: 14 };
const FONT = '11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';

export const heightOf = ({ lanes }: Timeline): number =>
  lanes.reduce((sum, lane) => sum + HEIGHT[lane.kind] + GAP, 0) + AXIS;

export interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly timeline: Timeline;
  readonly view: View;
  readonly chosen: Spot | null;
}

const scaleOf = ({ canvas, view }: Picture): number => (canvas.clientWidth - LABEL) / (view.to - view.from);

/** The bar under a point of the canvas, CSS px. */
export function spotAt(picture: Picture, x: number, y: number): Spot | null {
  let top = 0;
  const scale = scaleOf(picture);
  for (const [lane, { kind, bars }] of picture.timeline.lanes.entries()) {
    const height = HEIGHT[kind] + GAP;
    if (y >= top && y < top + height) {
      const t = picture.view.from + (x - LABEL) / scale;
      const slack = 3 / scale;
      // What is drawn last lies on top.
      const bar = bars.findLastIndex(
        ({ from, to, kind: what }) => what !== 'up' && t >= from - slack && t <= to + slack,
      );
      return bar < 0 ? null : { lane, bar };
    }
    top += height;
  }
  return null;
}

export const timeAt = ({ canvas, view }: Pick<Picture, 'canvas' | 'view'>, x: number): number =>
  view.from + ((x - LABEL) / (canvas.clientWidth - LABEL)) * (view.to - view.from);

export function draw(picture: Picture): void {
  const { canvas, timeline } = picture;
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = heightOf(timeline);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.scale(ratio, ratio);
  pen.font = FONT;
  pen.textBaseline = 'middle';
  const colour = colours(canvas);
  axis(pen, picture, width, height, colour);
  let top = 0;
  for (const [lane, { kind, name, bars }] of timeline.lanes.entries()) {
    const tall = HEIGHT[kind];
    pen.fillStyle = colour('--quiet');
    pen.fillText(fitted(pen, name, LABEL - 10), 0, top + tall / 2 + 0.5);
    pen.save();
    pen.beginPath();
    pen.rect(LABEL, top, width - LABEL, tall + GAP);
    pen.clip();
    for (const [at, bar] of bars.entries()) {
      const chosen = picture.chosen?.lane === lane && picture.chosen.bar === at;
      drawBar(pen, picture, bar, { top, tall, chosen }, colour);
    }
    pen.restore();
    top += tall + GAP;
  }
  for (const { t } of timeline.marks) {
    const x = LABEL + (t - picture.view.from) * scaleOf(picture);
    if (x < LABEL) continue;
    pen.fillStyle = colour('--failed');
    pen.fillRect(x, 0, 1.5, height - AXIS);
  }
}

interface Place {
  readonly top: number;
  readonly tall: number;
  readonly chosen: boolean;
}

type Colour = (name: string) => string;

function drawBar(
  pen: CanvasRenderingContext2D,
  picture: Picture,
  bar: Bar,
  { top, tall, chosen }: Place,
  colour: Colour,
): void {
  const scale = scaleOf(picture);
  const x = LABEL + (bar.from - picture.view.from) * scale;
  const width = Math.max(1.5, (bar.to - bar.from) * scale);
  if (x + width < LABEL || x > picture.canvas.clientWidth) return;
  const look = lookOf(bar.kind);
  if (bar.kind === 'up') {
    pen.fillStyle = colour('--rule');
    pen.fillRect(x, top + tall / 2 - 0.5, width, 1);
    return;
  }
  pen.fillStyle = colour(`--bar-${look}`);
  const inset = bar.kind === 'wait' ? tall / 3 : 0;
  pen.fillRect(x, top + inset, Math.max(1, width - 0.75), tall - 2 * inset);
  // What is not green has an edge of its own below it, and a mark where there is room: never colour alone.
  if (look === 'failed' || look === 'flaky' || look === 'not-run') {
    pen.fillStyle = colour(`--${look}`);
    pen.fillRect(x, top + tall - 3, Math.max(1.5, width - 0.75), 3);
  }
  for (const t of bar.x ?? []) {
    pen.fillStyle = colour('--failed');
    pen.fillRect(LABEL + (t - picture.view.from) * scale - 1, top, 2, tall);
  }
  if (tall > 20 && width > 26) {
    const visible = Math.max(x, LABEL);
    pen.fillStyle = colour('--ink');
    const text = look === 'failed' ? `✗ ${short(bar.text)}` : short(bar.text);
    pen.fillText(fitted(pen, text, x + width - visible - 8), visible + 4, top + tall / 2 + 0.5);
  }
  if (chosen) {
    pen.strokeStyle = colour('--ink');
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, top + 1, Math.max(2, width - 2), tall - 2);
  }
}

function lookOf(kind: BarKind): string {
  switch (kind) {
    case 'wait':
    case 'start':
    case 'up':
    case 'bundle':
    case 'running':
      return kind;
    case 'died':
      return 'failed';
    default:
      return VERDICTS[kind].group;
  }
}

const short = (text: string): string => text.replace(/^.*\//, '').replace(/\.(test|spec)\.[cm]?[jt]sx?/, '');

function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (width < 12) return '';
  if (pen.measureText(text).width <= width) return text;
  let most = text.length;
  while (most > 1 && pen.measureText(`${text.slice(0, most)}…`).width > width) most -= 1;
  return most <= 1 ? '' : `${text.slice(0, most)}…`;
}

function axis(
  pen: CanvasRenderingContext2D,
  picture: Picture,
  width: number,
  height: number,
  colour: Colour,
): void {
  const { view } = picture;
  const scale = scaleOf(picture);
  const step = stepOf((view.to - view.from) / Math.max(2, (width - LABEL) / 90));
  for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
    const x = Math.round(LABEL + (t - view.from) * scale);
    pen.fillStyle = colour('--rule');
    pen.fillRect(x, 0, 1, height - AXIS + 4);
    pen.fillStyle = colour('--quiet');
    const text =
      t === 0
        ? '0'
        : step < 100
          ? `${Math.round(t)} ms`
          : t < 60_000
            ? `${trimmed(t / 1000)} s`
            : duration(t);
    const w = pen.measureText(text).width;
    pen.fillText(text, Math.min(width - w, x - (t === 0 ? 0 : w / 2)), height - AXIS / 2 + 2);
  }
}

const trimmed = (seconds: number): string => String(Math.round(seconds * 100) / 100);

/** The next of 1, 2, 5 times a power of ten. */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 0.001)));
  return power * (least / power <= 1 ? 1 : least / power <= 2 ? 2 : least / power <= 5 ? 5 : 10);
}

function colours(element: HTMLElement): Colour {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name) ?? style.getPropertyValue(name).trim();
    known.set(name, found);
    return found;
  };
}
