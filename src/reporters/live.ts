/**
 * The live view: draws the panel anew as events come and time goes. It only looks at the summary; drawing it can't change
 * a run. ora gives the spinner's frame and log-update the redrawing, as ora's own documentation suggests for several lines.
 */
import { createLogUpdate } from 'log-update';
import ora from 'ora';
import type { AttemptId, RunnerEvent } from '../events/index.ts';
import { remainingTime } from './eta.ts';
import { type PanelState, panelLines } from './panel.ts';
import { fileLines, retryWords, slowWords } from './plain.ts';
import { slaWords } from './sla.ts';
import { type FileResult, fileOf, type Summary } from './summary.ts';
import { oneLine, title, wrap } from './text.ts';
import type { Theme } from './theme.ts';

const FRAME = 100;
/** How often the remaining time is worked out: ten thousand files take a few ms. */
const ESTIMATE = 1000;

interface Running {
  readonly file: FileResult;
  readonly since: number;
  test: string | null;
}

export interface LiveView {
  take(event: RunnerEvent): void;
  /** Prints something that stays, above the panel. */
  above(text: string): void;
  /** Takes the panel away; what was printed above it stays. */
  stop(): void;
}

export function liveView(stream: NodeJS.WriteStream, summary: Summary, theme: Theme): LiveView {
  const log = createLogUpdate(stream);
  const spinner = ora({
    stream,
    isEnabled: true,
    discardStdin: false,
    ...(theme.ascii ? { spinner: 'line' as const } : {}),
  });
  const running = new Map<AttemptId, Running>();
  const starting = new Set<string>();
  const began = performance.now();
  const now = (): number => performance.now() - began;
  let drawn = 0;
  let estimate: { readonly at: number; readonly end: number | null } | null = null;

  /** ms from now; it counts down between two estimates */
  const remaining = (at: number): number | null => {
    if (estimate === null || at - estimate.at >= ESTIMATE) {
      const since = new Map([...running.values()].map((one) => [one.file, at - one.since]));
      const left = remainingTime(summary, since);
      estimate = { at, end: left === null ? null : at + left };
    }
    return estimate.end === null ? null : Math.max(0, estimate.end - at);
  };

  const state = (): PanelState => {
    const at = now();
    return {
      summary,
      running: [...running.values()].map(({ file, since, test }) => ({ file, elapsed: at - since, test })),
      starting: [...starting],
      elapsed: at,
      remaining: remaining(at),
    };
  };

  const draw = (): void => {
    const mark = spinner.frame().trim();
    const { columns = 80, rows = 24 } = stream;
    const lines = panelLines(state(), { theme, columns, rows, mark });
    // log-update 7.2 leaves lines behind where a frame has fewer than the one before and ends like it.
    if (lines.length !== drawn) log.clear();
    drawn = lines.length;
    log(theme.plain(lines.join('\n')));
  };
  const timer = setInterval(draw, FRAME);
  timer.unref();

  const above = (text: string): void => {
    log.clear();
    stream.write(`${theme.plain(text)}\n`);
    draw();
  };

  const remark = (text: string): string =>
    wrap(oneLine(text), (stream.columns ?? 80) - 4)
      .map((line, at) => (at === 0 ? ` ${theme.yellow(theme.marks.warn)} ${line}` : `   ${line}`))
      .join('\n');

  return {
    above,
    take(event) {
      switch (event.kind) {
        case 'file.started': {
          const file = fileOf(summary, event);
          if (file !== undefined) running.set(event.attempt, { file, since: now(), test: null });
          return;
        }
        case 'test.started': {
          const file = running.get(event.attempt);
          if (file !== undefined) file.test = title(event.path);
          return;
        }
        case 'attempt.finished': {
          running.delete(event.attempt);
          estimate = null;
          const file = fileOf(summary, event);
          if (file !== undefined && event.verdict !== 'passed') above(fileLines(file, theme));
          return;
        }
        case 'service.starting':
          if (event.lease === null) starting.add(event.service);
          return;
        case 'service.ready':
        case 'service.failed':
          if (event.lease === null) starting.delete(event.service);
          return;
        case 'file.slow':
          above(remark(slowWords(event)));
          return;
        case 'file.retrying':
          above(remark(retryWords(event)));
          return;
        case 'sla.judged':
          if (event.verdict === 'breached') above(remark(`SLA breached: ${slaWords(event)}`));
          return;
        case 'warning':
          above(remark(event.message));
          return;
        case 'run.cancelling':
          above(remark(`cancelling: ${event.reason}`));
          return;
        default:
          return;
      }
    },
    stop() {
      clearInterval(timer);
      log.clear();
      log.done();
    },
  };
}
