/** What became of the layers that a run was asked for: their figures, the bars that they missed, what a bar let pass. Pure. */
import { formatSize } from '../config/index.ts';
import type { PlannedLayerFact } from '../events/index.ts';
import { count, duration } from './figures.ts';
import type { FileResult, Summary } from './summary.ts';
import { failedByItself } from './totals.ts';

export interface LayerState {
  readonly layer: PlannedLayerFact;
  readonly files: number;
  readonly passed: number;
  /** failed tests, and files that failed by themselves */
  readonly failed: number;
  readonly notRun: number;
  /** percent of executed tests that passed; null: none was executed */
  readonly share: number | null;
  /** from the beginning of its first file to the end of its last, ms; null: nothing of it ran */
  readonly ms: number | null;
  /** bytes; null: nobody looked in time */
  readonly memory: number | null;
  /** its `pass` bar is met although something failed, and so these failures do not fail the run */
  readonly tolerated: boolean;
  /** bars that it missed, e.g. `took 2 m 05 s, its bar is 2 m 00 s` */
  readonly missed: readonly LayerMiss[];
}

export interface LayerMiss {
  readonly bar: 'pass' | 'within' | 'memory';
  readonly words: string;
}

export function layerStates(summary: Summary): readonly LayerState[] {
  const { layers = [], shard } = summary.plan ?? {};
  return layers.map((layer) => stateOf(layer, summary, shard === undefined));
}

/** @param whole the run is no part of a plan, whose share nobody could tell */
function stateOf(layer: PlannedLayerFact, summary: Summary, whole: boolean): LayerState {
  const files = [...summary.files.values()].filter(({ plan }) => layer.categories.includes(plan.category));
  const sum = (of: (file: FileResult) => number): number => files.reduce((all, file) => all + of(file), 0);
  const passed = sum(({ counts }) => counts.passed);
  const failed = sum((file) => file.counts.failed + (failedByItself(file) ? 1 : 0));
  const notRun = files.filter(({ verdict }) => verdict === 'not-run').length;
  const share = passed + failed === 0 ? null : (passed * 100) / (passed + failed);
  const ms = timeOf(files);
  const memory = summary.layerMemory.get(layer.name) ?? null;
  const judged = whole && layer.narrowed === null ? layer.pass : null;
  const infrastructure = files.some(({ verdict }) => verdict === 'infra-failed');
  const met = judged !== null && share !== null && share >= judged && notRun === 0 && !infrastructure;
  const missed: LayerMiss[] = [];
  if (judged !== null && share !== null && share < judged)
    missed.push({ bar: 'pass', words: `passed ${percent(share)}, its bar is ${percent(judged)}` });
  if (layer.within !== null && ms !== null && ms > layer.within)
    missed.push({ bar: 'within', words: `took ${duration(ms)}, its bar is ${duration(layer.within)}` });
  if (layer.memory !== null && memory !== null && memory > layer.memory)
    missed.push({
      bar: 'memory',
      words: `took ${formatSize(memory)} of memory, its bar is ${formatSize(layer.memory)}`,
    });
  const tolerated = met && failed > 0;
  return { layer, files: files.length, passed, failed, notRun, share, ms, memory, tolerated, missed };
}

/** Several runs that are one plan took as long as the longest of them. */
function timeOf(files: readonly FileResult[]): number | null {
  const runs = new Map<string, { from: number; to: number }>();
  for (const { run, begun, last, earlier } of files) {
    if (last === null) continue;
    const starts = [begun?.t ?? last.t, ...earlier.map(({ result }) => result.t - result.ms)];
    const known = runs.get(run) ?? { from: Number.POSITIVE_INFINITY, to: 0 };
    runs.set(run, { from: Math.min(known.from, ...starts), to: Math.max(known.to, last.t) });
  }
  return runs.size === 0 ? null : Math.max(...[...runs.values()].map(({ from, to }) => to - from));
}

/** 97.531 → `97.5 %`: cut, not rounded, so that what is under a bar never looks as if it were met. */
export const percent = (share: number): string => `${Math.floor(share * 10) / 10} %`;

/** `3 failures are within the bar of layer fast_feedback (98 %): it passed 98.5 %`. */
export const toleratedWords = ({ layer, failed, share }: LayerState): string =>
  `${count(failed, 'failure')} within the bar of layer ${layer.name} (${percent(layer.pass ?? 100)}): it passed ${percent(share ?? 0)}`;
