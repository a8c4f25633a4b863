/** Layers on the final screen: their figures beside their bars, and what the bars came to in words. */
import { formatSize } from '../config/index.ts';
import { duration } from './figures.ts';
import { type LayerState, layerStates, percent, toleratedWords } from './layers.ts';
import type { Summary } from './summary.ts';
import { listing } from './table.ts';
import { oneLine } from './text.ts';
import type { Theme } from './theme.ts';

const NONE = '–';

/** null where none was asked for */
export function layerTable(summary: Summary, theme: Theme): string | null {
  const states = layerStates(summary);
  if (states.length === 0) return null;
  const rows = states.map((state) => {
    const { layer, files, passed, failed, share, ms, memory } = state;
    const missed = (bar: string): boolean => state.missed.some((one) => one.bar === bar);
    const figure = (bar: string, text: string): string => (missed(bar) ? theme.red(text) : text);
    return [
      layer.name,
      String(files),
      String(passed),
      failed > 0 ? theme.red(String(failed)) : '0',
      figure('pass', share === null ? NONE : percent(share)),
      layer.pass === null ? NONE : `≥ ${percent(layer.pass)}`,
      figure('within', ms === null ? NONE : duration(ms)),
      layer.within === null ? NONE : `≤ ${duration(layer.within)}`,
      figure('memory', memory === null ? NONE : formatSize(memory)),
      layer.memory === null ? NONE : `≤ ${formatSize(layer.memory)}`,
    ];
  });
  const head = ['Files', 'Passed', 'Failed', 'Share', 'Bar', 'Time', 'Bar', 'Memory', 'Bar'];
  return listing([theme.bold('Layer'), ...head], rows, ['left', ...head.map(() => 'right' as const)]);
}

/** Bars that were missed, failures that a bar lets pass, bars that did not count. null: nothing to say */
export function layerLines(summary: Summary, theme: Theme): string | null {
  const lines = layerStates(summary).flatMap((state) => linesOf(state, theme));
  return lines.length === 0 ? null : lines.join('\n');
}

function linesOf(state: LayerState, theme: Theme): readonly string[] {
  const { layer, missed, tolerated, failed } = state;
  const lines = missed.map(
    ({ words }) => ` ${theme.red(theme.marks.fail)} layer ${theme.bold(layer.name)} ${words}`,
  );
  if (tolerated)
    lines.push(
      ` ${theme.yellow(theme.marks.warn)} ${toleratedWords(state)}; ${failed === 1 ? 'it does' : 'they do'} not fail the run`,
    );
  if (layer.narrowed !== null && failed > 0)
    lines.push(
      ` ${theme.yellow(theme.marks.warn)} layer ${layer.name} is not whole (${oneLine(layer.narrowed)}): every failure fails the run`,
    );
  return lines;
}
