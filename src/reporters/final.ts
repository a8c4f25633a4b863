/**
 * The final screen: tables first, then what was left out and why, then the failures, nearest to the prompt. Its last
 * line is `N passed, N failed` and nothing follows it: continuous integration reads it.
 */
import { carriedLines } from './carried.ts';
import { evidenceTable, suiteEvidenceTable } from './evidence.ts';
import { failureBlocks } from './failures.ts';
import { count, duration } from './figures.ts';
import { unguarded } from './incidents.ts';
import { layerLines, layerTable } from './layer-table.ts';
import type { Outcome } from './outcome.ts';
import { quarantineStates } from './quarantine.ts';
import { skipBudgets, skippedLines } from './skip-section.ts';
import { slaSection } from './sla-section.ts';
import type { Summary } from './summary.ts';
import { categoryTable, memoryTable, serviceTable, slowestTable, startTable, suiteTable } from './tables.ts';
import { near, noCommands, oneLine, safeLines, title } from './text.ts';
import type { Theme } from './theme.ts';
import { totals } from './totals.ts';
import { warningBlocks } from './warnings.ts';

/** `quiet`: what is wrong and the counts; `verbose`: every list whole. */
export type Detail = 'quiet' | 'normal' | 'verbose';

export interface FinalOptions {
  readonly theme: Theme;
  readonly columns: number;
  readonly outcome: Outcome;
  /** folder that paths are shown relative to */
  readonly cwd: string;
  /** absolute; of the first run, where there are several */
  readonly log: string;
  /** the log ends before the run did */
  readonly cut: boolean;
  readonly detail: Detail;
}

const GUARD_WORDS = { failed: 'failed', skipped: 'was skipped', 'not run': 'did not run' } as const;
const SLOWEST = 5;
const LISTED = 20;
/** Failures shown in full; the rest by title. */
const IN_FULL = 25;

export function finalScreen(summary: Summary, options: FinalOptions): string {
  const { theme, columns, detail } = options;
  const most = detail === 'verbose' ? Number.POSITIVE_INFINITY : LISTED;
  const view = { theme, columns };
  const tables = (): readonly (string | null)[] => [
    categoryTable(summary, view),
    suiteTable(summary, view),
    serviceTable(summary, view),
    layerTable(summary, theme),
    startTable(summary, theme),
    evidenceTable(summary, theme),
    suiteEvidenceTable(summary, theme),
    slowestTable(summary, view, detail === 'verbose' ? most : SLOWEST),
    detail === 'verbose' ? memoryTable(summary, theme, SLOWEST) : null,
    notes(summary, theme, most),
    notSelected(summary, theme, most),
    skipped(summary, theme, most),
  ];
  const sections = [
    ...(detail === 'quiet' ? [] : tables()),
    carried(summary, theme),
    quarantined(summary, theme, most),
    flaky(summary, theme, most),
    notRun(summary, theme, most),
    warnings(summary, theme, columns, most),
    skipBudgets(summary, { theme, columns, detail }),
    slaSection(summary, { theme, columns, detail }),
    ...failureBlocks(summary, theme, columns, detail === 'verbose' ? most : IN_FULL),
    serviceFailures(summary, options),
    incidents(summary, options),
    layerLines(summary, theme),
    verdictLine(options),
    options.cut ? ` ${theme.red('the log is cut off:')} what had not ended in it did not run` : null,
    reports(summary, options),
    ` ${theme.dim('log')}  ${near(options.log, options.cwd)}   ${theme.dim('time')} ${duration(summary.elapsed)}`,
  ];
  const shown = sections.filter((section) => section !== null && section !== '');
  return theme.plain(noCommands([...shown, lastLine(summary)].join('\n\n')));
}

/** `12 passed, 0 failed`, with `, N skipped` where something was (tests that are still to do included). */
export function lastLine(summary: Summary): string {
  const { passed, failed, skipped, todo } = totals(summary);
  const left = skipped + todo;
  return `${passed} passed, ${failed} failed${left > 0 ? `, ${left} skipped` : ''}`;
}

function listed(lines: readonly string[], what: string, most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `     … ${count(lines.length - most, what)} more in the log`];
}

/** What tests measured and said in words; what they said as JSON is for programs, and stays in the log. */
function notes(summary: Summary, theme: Theme, most: number): string | null {
  const lines = [...summary.files.values()].flatMap(({ plan, notes: said }) =>
    said
      .filter(({ text }) => !text.includes('{'))
      .map(({ path, text }) => `     ${plan.file}  ${title(path)}: ${oneLine(text)}`),
  );
  return lines.length === 0 ? null : [` ${theme.bold('Notes')}`, ...listed(lines, 'note', most)].join('\n');
}

/** They count in no table: this run did not run them. */
function carried({ plan }: Summary, theme: Theme): string | null {
  const lines = carriedLines(plan?.carried ?? []);
  return lines.length === 0
    ? null
    : [` ${theme.bold('carried over, not run again')}`, ...lines.map((line) => `     ${line}`)].join('\n');
}

function notSelected(summary: Summary, theme: Theme, most: number): string | null {
  const suites = summary.plan?.notSelected ?? [];
  if (suites.length === 0) return null;
  const lines = suites.map(
    ({ suite, files, reason, remedy }) =>
      `     ${suite} (${count(files, 'file')}): ${reason}; add ${theme.bold(remedy)}`,
  );
  return [` ${theme.yellow(theme.marks.skip)} not selected`, ...listed(lines, 'suite', most)].join('\n');
}

function skipped(summary: Summary, theme: Theme, most: number): string | null {
  const lines = skippedLines(summary);
  return lines.length === 0
    ? null
    : [` ${theme.yellow(theme.marks.skip)} skipped`, ...listed(lines, 'test', most)].join('\n');
}

/** Tests that passed only when they were run again, with what they failed of before. */
function flaky(summary: Summary, theme: Theme, most: number): string | null {
  const lines = [...summary.files.values()]
    .filter(({ verdict, tests }) => verdict === 'flaky' || tests.some((test) => test.verdict === 'flaky'))
    .flatMap((file) => {
      const { plan, earlier, begun } = file;
      const first = earlier.flatMap(({ result, tests }) => [
        ...tests
          .filter(({ verdict }) => verdict === 'failed')
          .map(({ path, error }) => `${title(path)}: ${firstLine(error?.message)}`),
        ...(result.reason === null ? [] : [`${result.verdict}: ${firstLine(result.reason)}`]),
      ]);
      const head = `     ${plan.file}  passed on attempt ${begun?.number ?? 1}`;
      return [head, ...first.map((line) => `       ${line}`)];
    });
  return lines.length === 0
    ? null
    : [` ${theme.yellow(theme.marks.warn)} flaky`, ...listed(lines, 'line', most)].join('\n');
}

const QUARANTINE_WORDS = {
  excused: 'failed',
  ended: 'failed, and its quarantine has ended',
  passes: 'passes: take it out of quarantine',
  gone: 'there is no such test: take it out of quarantine',
} as const;

/** Failures that were excused, what is excused no longer, and entries that have no use. */
function quarantined(summary: Summary, theme: Theme, most: number): string | null {
  const lines = quarantineStates(summary).map(({ fact, state }) => {
    const what = fact.title === null ? fact.file : `${fact.file}  ${oneLine(fact.title)}`;
    const said = `${what}: ${QUARANTINE_WORDS[state]}`;
    const until = `${state === 'ended' ? 'ended' : 'until'} ${fact.expires}, ${oneLine(fact.owner)}: ${oneLine(fact.reason)}`;
    return `     ${state === 'ended' ? theme.red(said) : said}\n       ${theme.dim(until)}`;
  });
  return lines.length === 0
    ? null
    : [` ${theme.yellow(theme.marks.warn)} quarantine`, ...listed(lines, 'entry', most)].join('\n');
}

const firstLine = (text = ''): string => oneLine(text.trim().split('\n')[0] ?? '');

function notRun(summary: Summary, theme: Theme, most: number): string | null {
  const files = [...summary.files.values()].filter(({ verdict }) => verdict === 'not-run');
  if (files.length === 0) return null;
  const byReason = new Map<string, string[]>();
  for (const { plan, reason } of files) {
    const why = reason ?? 'the run ended before it';
    byReason.set(why, [...(byReason.get(why) ?? []), plan.file]);
  }
  const lines = [...byReason].flatMap(([why, names]) => [
    `     ${count(names.length, 'file')}: ${oneLine(why)}`,
    ...listed(
      names.map((name) => `       ${name}`),
      'file',
      most,
    ),
  ]);
  return [` ${theme.yellow(theme.marks.skip)} not run`, ...lines].join('\n');
}

function warnings(summary: Summary, theme: Theme, columns: number, most: number): string | null {
  const blocks = warningBlocks(summary, theme, columns, most === LISTED ? undefined : most);
  return blocks.length === 0 ? null : listed(blocks, 'warning', most).join('\n');
}

/** Each service once, however many files it took with it. */
function serviceFailures(summary: Summary, { theme, cwd }: FinalOptions): string | null {
  const seen = new Set<string>();
  const blocks: string[] = [];
  for (const failure of summary.serviceFailures) {
    const what = failure.kind === 'service.failed' ? failure.reason : `died: ${failure.exit}`;
    const key = `${failure.service}: ${what}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const lines = [` ${theme.red(theme.marks.fail)} service ${theme.bold(failure.service)}`];
    lines.push(...safeLines(what).map((line) => `     ${line}`));
    if (failure.logTail.length > 0) {
      const name = failure.log === null ? 'log' : near(failure.log, cwd);
      lines.push(`     ${theme.dim(`${name} (last ${count(failure.logTail.length, 'line')})`)}`);
      lines.push(...failure.logTail.map((line) => `       ${oneLine(line)}`));
    }
    if (failure.kind === 'service.failed') {
      lines.push(
        ...safeLines(failure.remedy.replaceAll(`${cwd}/`, '')).map(
          (line, at) => `     ${at === 0 ? `${theme.dim('remedy:')} ` : ''}${line}`,
        ),
      );
    }
    blocks.push(lines.join('\n'));
  }
  return blocks.length === 0 ? null : blocks.join('\n\n');
}

function incidents(summary: Summary, { theme, detail }: FinalOptions): string | null {
  const selected = summary.plan?.incidents ?? [];
  if (selected.length === 0) return null;
  const open = unguarded(summary);
  if (open.length === 0)
    return detail === 'quiet'
      ? null
      : ` ${theme.green(theme.marks.pass)} ${count(selected.length, 'incident')} guarded`;
  return open
    .map(({ incident, guard, why }) =>
      [
        ` ${theme.red(theme.marks.fail)} incident ${theme.bold(incident.id)} is not guarded: its guard ${GUARD_WORDS[why]}`,
        `     then: ${oneLine(incident.symptom)}`,
        `     guard: ${guard.file} > ${oneLine(guard.title)}`,
      ].join('\n'),
    )
    .join('\n');
}

/** Where the reports are, and which could not be made. */
function reports(summary: Summary, { theme, cwd }: FinalOptions): string | null {
  const lines = summary.reports.map((report) => {
    const where = report.path === null ? 'standard output' : near(report.path, cwd);
    return report.kind === 'report.written'
      ? ` ${theme.dim('report')}  ${where}   ${theme.dim(report.format)}`
      : ` ${theme.red(theme.marks.fail)} report ${report.format} could not be written to ${where}: ${oneLine(report.reason)}`;
  });
  return lines.length === 0 ? null : lines.join('\n');
}

function verdictLine({ outcome, theme }: FinalOptions): string | null {
  switch (outcome.kind) {
    case 'passed':
    case 'tests-failed':
    // The lines of the layers and of the budgets say it.
    case 'over-bar':
    case 'too-many-skipped':
    case 'tolerated':
      return null;
    case 'flaky': {
      const only = `${count(outcome.files, 'file')} passed only when run again`;
      return outcome.taken === 'for green'
        ? ` ${theme.yellow('flaky:')} ${only}`
        : ` ${theme.red('flaky:')} ${only}, and --fail-on-flaky was given`;
    }
    case 'infrastructure':
      return ` ${theme.red('the run is not complete:')} ${outcome.services.join(', ') || 'a service'} could not be had or died`;
    case 'nothing-executed':
      return ` ${theme.red('no test was executed:')} that is never a success`;
    case 'below-floor':
      return outcome.breaches
        .map(
          ({ category, floor, executed }) =>
            ` ${theme.red(`category ${category} is under its floor:`)} ${executed} of ${floor} tests executed`,
        )
        .join('\n');
    case 'unguarded':
      return ` ${theme.red('an incident may come back:')} ${outcome.incidents.join(', ')}`;
    case 'sla-breached':
      return ` ${theme.red('too slow:')} ${count(outcome.breaches.length, 'SLA')} breached, and that fails this run`;
    case 'incomplete':
      return ` ${theme.red('the run is not complete:')} ${count(outcome.notRun, 'file')} did not run`;
    case 'over-budget':
      return ` ${theme.red('the time of the run is over:')} what had not ended within ${duration(outcome.budget)} did not run`;
    case 'cancelled':
      return ` ${theme.red('cancelled')}${outcome.signal === null ? '' : ` by ${outcome.signal}`}: what had not ended did not run`;
  }
}
