/** `runner report [runs…]`: what a run's log says, any time later: its final screen, or files. Runs nothing. */
import { relative } from 'node:path';
import { type Diagnostic, unplaced } from '../config/index.ts';
import { type EventFact, err, ok, type Result } from '../events/index.ts';
import {
  contradictions,
  finalScreen,
  mergeRuns,
  oneLine,
  outcome,
  type RecordedRun,
  type ReportRequest,
  readRun,
  type Summary,
  summarise,
  withJobSummary,
  writeReports,
} from '../reporters/index.ts';
import { EXIT_CODES, exitCodeOfRecorded } from './exit-codes.ts';
import { openInBrowser } from './open.ts';
import { problems } from './problems.ts';
import { reportRequests } from './report-requests.ts';
import { findLogs } from './run-folders.ts';
import { maskOfRecorded } from './secrets.ts';
import { type DetailFlags, detailOf } from './shown.ts';
import type { Terminal } from './terminal.ts';

const PAGE = 'html';

export interface ReportFlags extends DetailFlags {
  readonly format?: readonly string[];
  readonly open?: boolean;
}

/** @returns the exit code of the runs; 110 where all was well but a report could not be written */
export async function report(
  runs: readonly string[],
  flags: ReportFlags,
  terminal: Terminal,
): Promise<number> {
  const { cwd } = terminal;
  const asked = requestedOf(flags, cwd);
  if (!asked.ok) return problems(asked.error, terminal);
  const found = recorded(runs, cwd);
  if (!found.ok) return problems(found.error, terminal);
  return reportOn(found.value, asked.value, { flags, codeOf: exitCodeOfRecorded }, terminal);
}

interface How {
  readonly flags: ReportFlags;
  /** what it exits with, where the reports could be written */
  readonly codeOf: (summary: Summary, cut: boolean) => number;
}

/** @param read not checked yet */
export async function reportOn(
  read: RecordedRun,
  asked: readonly ReportRequest[],
  { flags, codeOf }: How,
  terminal: Terminal,
): Promise<number> {
  const { cwd, env, out, err: stderr, theme } = terminal;
  const run = whole(read, terminal);
  const homeless = asked.find(({ format, path }) => path === null && format.fileName !== null);
  if (homeless !== undefined && run.runs.length > 1) {
    const { name, fileName } = homeless.format;
    const message = `a report of several runs has no folder of its own: say where ${name} shall go`;
    return problems([unplaced(message, { remedy: `--format ${name}=${fileName}` })], terminal);
  }

  const summary = summarise(run.events);
  const mask = maskOfRecorded(summary, terminal);
  const code = codeOf(summary, run.cut);
  if (asked.length === 0) {
    const log = run.runs[0]?.log ?? run.dir;
    const columns = out.columns ?? 100;
    const screen = finalScreen(summary, {
      theme,
      columns,
      outcome: outcome(summary),
      cwd,
      log,
      cut: run.cut,
      detail: detailOf(flags),
    });
    out.write(`${mask.text(screen)}\n`);
    return code;
  }
  const facts = writeReports(withJobSummary(asked, env), run, {
    toStdout: (text) => out.write(text),
    mask: (text) => mask.text(text),
  });
  let failed = false;
  for (const fact of facts) {
    if (fact.kind !== 'report.failed') continue;
    failed = true;
    const where = fact.path === null ? '' : ` to ${fact.path}`;
    stderr.write(` error  report ${fact.format} could not be written${where}: ${fact.reason}\n`);
  }
  if (flags.open === true) await openPage(facts, terminal);
  return failed && code === EXIT_CODES.ok.code ? EXIT_CODES.report.code : code;
}

/** What is to be opened has to be a file, so it is written where nothing else asks for it. */
export function requestedOf(
  { format = [], open }: ReportFlags,
  cwd: string,
): ReturnType<typeof reportRequests> {
  const asked = reportRequests(format, cwd, { name: '--format' });
  const page = asked.ok && asked.value.some(({ format: { name }, path }) => name === PAGE && path !== '-');
  return open !== true || page || !asked.ok
    ? asked
    : reportRequests([...format, PAGE], cwd, { name: '--format' });
}

async function openPage(facts: readonly EventFact[], { cwd, env, out }: Terminal): Promise<void> {
  for (const fact of facts) {
    if (fact.kind !== 'report.written' || fact.format !== PAGE || fact.path === null) continue;
    out.write(` report  ${relative(cwd, fact.path)}\n`);
    if (!(await openInBrowser(fact.path, env)))
      out.write('         no browser could be opened: open the file by hand\n');
    return;
  }
}

/** A log whose parts do not add up was damaged: that is told, and it counts as cut off. */
function whole(run: RecordedRun, { err: stderr }: Terminal): RecordedRun {
  const wrong = run.cut ? [] : contradictions(summarise(run.events));
  for (const line of wrong) stderr.write(` warning  the log contradicts itself: ${oneLine(line)}\n`);
  return wrong.length === 0 ? run : { ...run, cut: true };
}

function recorded(names: readonly string[], cwd: string): Result<RecordedRun, readonly Diagnostic[]> {
  const logs = findLogs(names, cwd);
  if (!logs.ok) return err([logs.error]);
  try {
    const [first, ...others] = logs.value.map(readRun);
    if (first === undefined) throw new Error('no log was found and none was missed');
    return ok(mergeRuns([first, ...others]));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return err([unplaced(`a log can't be read: ${error.message}`, {})]);
  }
}
