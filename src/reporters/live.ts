/**
 * The live panel: what runs, how far it is, is it stuck. It only looks at the summary; drawing it can't change a run.
 * ora gives the spinner's frame and log-update the redrawing, as ora's own documentation suggests for several lines.
 */
import { createLogUpdate } from 'log-update';
import ora from 'ora';
import stringWidth from 'string-width';
import type { AttemptId, RunnerEvent } from '../events/index.ts';
import { clock, duration } from './figures.ts';
import { fileLines, heading, retryWords, slowWords } from './plain.ts';
import { slaWords } from './sla.ts';
import { fileOf, type Summary } from './summary.ts';
import { fit, oneLine, title, wrap } from './text.ts';
import type { Theme } from './theme.ts';
import { rowsBy, totals } from './totals.ts';

const FRAME = 100;
const MOST_RUNNING = 8;

interface Running {
  readonly file: string;
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
  const spinner = ora({ stream, isEnabled: true, discardStdin: false });
  const running = new Map<AttemptId, Running>();
  const starting = new Map<string, number>();
  const began = performance.now();
  const now = (): number => performance.now() - began;

  const panel = (): string => {
    const columns = Math.max(40, (stream.columns ?? 80) - 1);
    const mark = spinner.frame().trim();
    const lines = [
      spread(heading(summary, theme), clock(now()), columns),
      ...serviceLine(summary, starting, theme, columns),
      progress(summary, theme, columns),
      ...suiteLine(summary, running.size, theme, columns),
      ...[...running.values()].slice(0, MOST_RUNNING).map(({ file, since, test }) => {
        const at = clock(now() - since);
        return ` ${mark} ${fit(test === null ? file : `${file}  ${test}`, columns - at.length - 5)}  ${theme.dim(at)}`;
      }),
    ];
    if (running.size === 0) lines.push(` ${mark} ${waitingFor(summary, starting)}`);
    return lines.join('\n');
  };

  const draw = (): void => log(theme.plain(panel()));
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
        case 'file.started':
          running.set(event.attempt, { file: event.file, since: now(), test: null });
          return;
        case 'test.started': {
          const file = running.get(event.attempt);
          if (file !== undefined) file.test = title(event.path);
          return;
        }
        case 'attempt.finished': {
          running.delete(event.attempt);
          const file = fileOf(summary, event);
          if (file !== undefined && event.verdict !== 'passed') above(fileLines(file, theme));
          return;
        }
        case 'service.starting':
          if (event.lease === null) starting.set(event.service, now());
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
        case 'warning':
          above(remark(event.message));
          return;
        case 'sla.judged':
          if (event.verdict === 'breached') above(remark(`SLA breached: ${slaWords(event)}`));
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

function spread(left: string, right: string, columns: number): string {
  const text = fit(left, columns - right.length - 2);
  return text + ' '.repeat(Math.max(2, columns - stringWidth(text) - right.length)) + right;
}

function serviceLine(
  summary: Summary,
  starting: ReadonlyMap<string, number>,
  theme: Theme,
  columns: number,
): readonly string[] {
  const ready = summary.services.map(({ service, provider, starts }) => {
    const times = starts.length > 1 ? `${starts.length}×` : duration(starts[0] ?? 0);
    return `${service} ${provider} ${times} ${theme.marks.pass}`;
  });
  const coming = [...starting.keys()].map((service) => `${service} …`);
  const all = [...ready, ...coming];
  return all.length === 0 ? [] : [fit(` ${theme.dim('services')}  ${all.join('  ')}`, columns)];
}

function progress(summary: Summary, theme: Theme, columns: number): string {
  const { passed, failed, files } = totals(summary);
  const ended = [...summary.files.values()].filter(
    ({ last, reason }) => last !== null || reason !== null,
  ).length;
  const known = summary.plan?.files.every(({ tests }) => tests !== null) ?? false;
  const expected = known ? `/${summary.plan?.files.reduce((sum, { tests }) => sum + (tests ?? 0), 0)}` : '';
  const live = [...summary.files.values()]
    .filter(({ last }) => last === null)
    .reduce((sum, { tests }) => sum + tests.length, 0);
  const words = [
    `${ended}/${files} files`,
    `${passed + failed + live}${expected} tests`,
    ...(failed > 0 ? [theme.red(`${failed} failed`)] : []),
  ].join('  ');
  const width = Math.max(10, columns - stringWidth(words) - 4);
  const done = files === 0 ? 0 : Math.round((ended / files) * width);
  return ` ${theme.green('━'.repeat(done))}${theme.dim('─'.repeat(width - done))}  ${words}`;
}

function suiteLine(summary: Summary, running: number, theme: Theme, columns: number): readonly string[] {
  const ended = rowsBy(summary, ({ plan, last }) => (last === null ? null : plan.suite));
  if (ended.length === 0 || running === 0) return [];
  const parts = ended.map(({ name, passed, failed }) =>
    failed > 0 ? `${theme.marks.fail} ${name} ${failed} failed` : `${theme.marks.pass} ${name} ${passed}`,
  );
  return [fit(` ${parts.join('  ')}`, columns)];
}

function waitingFor(summary: Summary, starting: ReadonlyMap<string, number>): string {
  if (summary.plan === null) return 'reading the registry';
  if (starting.size > 0) return `starting ${[...starting.keys()].join(', ')}`;
  return [...summary.files.values()].some(({ last }) => last === null) ? 'preparing' : 'stopping services';
}
