/** Progress where there is no terminal: one line a fact, in the order in which it happened, no cursor games. */
import type { EventOf, RunnerEvent } from '../events/index.ts';
import { count, duration } from './figures.ts';
import { failsOnSla, slaWords } from './sla.ts';
import { type FileResult, fileOf, type Summary } from './summary.ts';
import { oneLine, title } from './text.ts';
import type { Theme } from './theme.ts';
import { failedByItself } from './totals.ts';

/** @returns the line that the event is worth, or null */
export function plainLine(event: RunnerEvent, summary: Summary, theme: Theme): string | null {
  switch (event.kind) {
    case 'plan':
      return heading(summary, theme);
    case 'service.ready':
      // One instance a file is the rule; its times are in the final table.
      if (event.lease !== null) return null;
      return ` ${theme.green(theme.marks.pass)} service ${event.service} ready in ${duration(event.ms)}: ${[event.provider, event.version].filter((part) => part !== null).join(' ')} at ${event.endpoint}`;
    case 'service.failed':
      return ` ${theme.red(theme.marks.fail)} service ${event.service}: ${oneLine(event.reason)}`;
    case 'service.crashed':
      return ` ${theme.red(theme.marks.fail)} service ${event.service} died: ${oneLine(event.exit)}`;
    case 'attempt.finished': {
      const file = fileOf(summary, event);
      return file === undefined ? null : fileLines(file, theme);
    }
    case 'file.slow':
      return ` ${theme.yellow(theme.marks.warn)} ${slowWords(event)}`;
    case 'file.retrying':
      return ` ${theme.yellow(theme.marks.warn)} ${retryWords(event)}`;
    case 'warning':
      return ` ${theme.yellow(theme.marks.warn)} ${oneLine(event.message)}`;
    case 'sla.judged':
      if (event.verdict !== 'breached') return null;
      return ` ${failsOnSla(summary) ? theme.red(theme.marks.fail) : theme.yellow(theme.marks.warn)} SLA breached: ${slaWords(event)}`;
    case 'run.cancelling':
      return ` ${theme.yellow(theme.marks.warn)} cancelling: ${oneLine(event.reason)}`;
    default:
      return null;
  }
}

/** For those who want to see each test as it ends; null for whatever else. */
export function testLine(event: RunnerEvent, summary: Summary, theme: Theme): string | null {
  if (event.kind !== 'test.finished') return null;
  const { attempt, path, verdict, ms, reason } = event;
  const { marks, green, red, yellow } = theme;
  const mark =
    verdict === 'failed'
      ? red(marks.fail)
      : verdict === 'passed' || verdict === 'flaky'
        ? green(marks.pass)
        : yellow(marks.skip);
  const file = summary.attempts.get(attempt)?.plan.file ?? '';
  const how =
    verdict === 'passed' || verdict === 'failed'
      ? ''
      : `${verdict}${reason === null ? '' : `: ${oneLine(reason)}`}, `;
  return `   ${mark} ${file}  ${title(path)}  ${theme.dim(`${how}${duration(ms)}`)}`;
}

/** For those who want to know why a file began late although a worker was free; null for whatever else. */
export function waitLine(event: RunnerEvent, theme: Theme): string | null {
  if (event.kind !== 'file.started' || event.waited === undefined) return null;
  const { file, waited } = event;
  const what = waited.for.map(oneLine).join(', ');
  return `   ${theme.dim(`${file} waited ${duration(waited.ms)} for ${what}`)}`;
}

/** `a.test.ts is slow: 10.0 s, and still at “waits”`. */
export function slowWords({ file, after, running }: EventOf<'file.slow'>): string {
  const at = running.length === 0 ? ' and going on' : `, and still at “${running.map(oneLine).join('”, “')}”`;
  return `${file} is slow: ${duration(after)}${at}`;
}

/** `a.test.ts runs again (2 of 3), alone, in 1.0 s`. */
export function retryWords(event: EventOf<'file.retrying'>): string {
  const { file, number, most, delay, isolated } = event;
  const how = [isolated ? ', alone at the end' : '', delay > 0 ? `, in ${duration(delay)}` : ''];
  return `${file} runs again (${number} of ${most})${how.join('')}`;
}

/** ` runner  integration · env test · 2 workers · 12 files`. */
export function heading(summary: Summary, theme: Theme): string {
  const { plan, started } = summary;
  const parts = [
    plan === null ? '' : plan.categories.map(({ name }) => name).join(', '),
    plan?.profile === undefined ? '' : `profile ${plan.profile}`,
    `env ${started?.env ?? '?'}`,
    count(plan?.workers ?? 0, 'worker'),
    count(plan?.files.length ?? 0, 'file'),
    plan?.shuffle === null || plan?.shuffle === undefined ? '' : `--shuffle ${plan.shuffle}`,
  ];
  return ` ${theme.bold('runner')}  ${parts.filter((part) => part !== '').join(' · ')}`;
}

/** The file's line, and one line for each failure in it. */
export function fileLines(file: FileResult, theme: Theme): string {
  const { counts, verdict, plan } = file;
  const green = verdict === 'passed' || verdict === 'flaky';
  const quiet = verdict === 'skipped' || verdict === 'not-run';
  const mark = green
    ? theme.green(theme.marks.pass)
    : quiet
      ? theme.yellow(theme.marks.skip)
      : theme.red(theme.marks.fail);
  const ran = counts.passed + counts.failed;
  const extra = [
    counts.failed > 0 ? theme.red(`${counts.failed} failed`) : '',
    counts.skipped + counts.todo > 0 ? theme.yellow(`${counts.skipped + counts.todo} skipped`) : '',
    file.excused.length > 0 ? theme.yellow(`${file.excused.length} in quarantine`) : '',
    failedByItself(file) ? theme.red(verdict) : '',
    verdict === 'flaky' ? theme.yellow(`flaky, passed on attempt ${file.begun?.number ?? 1}`) : '',
  ].filter((part) => part !== '');
  const head = ` ${mark} ${plan.file}  ${[count(ran, 'test'), ...extra, duration(file.ms)].join(', ')}`;
  const failed = file.tests
    .filter((test) => test.verdict === 'failed')
    .map((test) => `     ${theme.red(theme.marks.fail)} ${title(test.path)}`);
  return [head, ...failed].join('\n');
}
