/** What a person sees of a run: the live panel on a terminal, plain lines elsewhere, the final screen in both. */
import type { RunnerEvent } from '../events/index.ts';
import { type Detail, finalScreen } from './final.ts';
import type { LiveView } from './live.ts';
import { outcome } from './outcome.ts';
import { plainLine, testLine, waitLine } from './plain.ts';
import { emptySummary, type Summary, take } from './summary.ts';
import type { Theme } from './theme.ts';

export interface ConsoleOptions {
  readonly stream: NodeJS.WriteStream;
  readonly theme: Theme;
  readonly live: 'panel' | 'lines' | 'none';
  /** `none`: nothing at the end either, where standard output is for programs */
  readonly screen: Detail | 'none';
  readonly cwd: string;
  readonly log: string;
  /** takes secrets out of what is read from files for the final screen */
  readonly mask: (text: string) => string;
}

export interface ConsoleReporter {
  readonly summary: Summary;
  take(event: RunnerEvent): void;
  /** Ends the live part, so that something else may print. */
  pause(): void;
  /** Prints the final screen; the last thing that is written. */
  finish(): void;
}

/** What draws the panel is loaded only where there is one. */
export async function consoleReporter(options: ConsoleOptions): Promise<ConsoleReporter> {
  const { stream, theme } = options;
  const summary = emptySummary();
  const liveView = options.live === 'panel' ? (await import('./live.ts')).liveView : null;
  let view: LiveView | null = null;

  return {
    summary,
    take(event) {
      take(summary, event);
      if (options.live === 'none') return;
      const each =
        options.screen === 'verbose' ? (testLine(event, summary, theme) ?? waitLine(event, theme)) : null;
      if (options.live === 'lines') {
        const line = each ?? plainLine(event, summary, theme);
        if (line !== null) stream.write(`${theme.plain(line)}\n`);
        return;
      }
      if (event.kind === 'plan') view = liveView?.(stream, summary, theme) ?? null;
      if (each !== null) view?.above(each);
      view?.take(event);
    },
    pause() {
      view?.stop();
      view = null;
    },
    finish() {
      view?.stop();
      view = null;
      if (options.screen === 'none') return;
      const screen = finalScreen(summary, {
        theme,
        columns: stream.columns ?? 100,
        outcome: outcome(summary),
        cwd: options.cwd,
        log: options.log,
        cut: false,
        detail: options.screen,
      });
      stream.write(`\n${options.mask(screen)}\n`);
    },
  };
}
