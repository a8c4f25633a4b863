/** The end of a run: totals, exit code, last event, then reports and words. */
import { type Config, type Diagnostic, type ProfileConfig, unplaced } from '../config/index.ts';
import { type EventLog, err, type Mask, ok, type Result } from '../events/index.ts';
import {
  type ConsoleReporter,
  contradictions,
  joinRequests,
  outcome,
  type ReportRequest,
  readRun,
  totals,
  withJobSummary,
  writeReports,
} from '../reporters/index.ts';
import { EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { reportRequests } from './report-requests.ts';
import type { ShownFlags } from './shown.ts';
import type { Terminal } from './terminal.ts';

export interface ReportingFlags {
  readonly report?: readonly string[];
}

/** What the registry always wants, what its profile adds, and what was asked for besides. */
export function requestedReports(
  { defaults, root, path }: Config,
  profile: ProfileConfig | null,
  { report, progress }: ReportingFlags & ShownFlags,
  { cwd, env }: Terminal,
): Result<readonly ReportRequest[], readonly Diagnostic[]> {
  const always = reportRequests(defaults.reports, root, { name: 'defaults.reports', file: path });
  if (!always.ok) return always;
  const added = reportRequests(profile?.settings.reports ?? [], root, {
    name: `profiles.${profile?.name}.reports`,
    file: path,
  });
  if (!added.ok) return added;
  const asked = reportRequests(report ?? [], cwd, { name: '--report' });
  if (!asked.ok) return asked;
  const all = withJobSummary(joinRequests(always.value, added.value, asked.value), env);
  const onScreen = all.find(
    ({ path, format }) => path === '-' || (progress === 'json' && path === null && format.fileName === null),
  );
  if (onScreen === undefined) return ok(all);
  const { name } = onScreen.format;
  const message = `standard output is the run's own: ${name} can't go there`;
  return err([
    unplaced(message, { remedy: `name a file, or run runner report --format ${name}=- afterwards` }),
  ]);
}

interface Conclusion {
  readonly console: ConsoleReporter;
  readonly log: EventLog;
  readonly mask: Mask;
  readonly reports: readonly ReportRequest[];
}

/** The parts of a run do not add up to its whole. */
class TotalsMismatch extends Error {
  override readonly name = 'TotalsMismatch';

  constructor(contradictions: readonly string[]) {
    super(`the totals of the run do not add up:\n${contradictions.join('\n')}`);
  }
}

/**
 * Totals, exit code and the last event; then reports and words, which never change the verdict: one that can't be made is
 * told, and exits 110 where all was well.
 */
export function conclude({ console, log, mask, reports }: Conclusion, terminal: Terminal): number {
  const { summary } = console;
  const code = exitCodeOf(outcome(summary));
  const wrong = contradictions(summary);
  // Nothing may be green that does not add up: it ends as an internal error, and the log as one that was cut off.
  if (wrong.length > 0) throw new TotalsMismatch(wrong);
  log.emit({ kind: 'run.finished', totals: totals(summary), exitCode: code, ms: summary.elapsed });
  let broken = log.broken();
  try {
    if (reports.length > 0) {
      const facts = writeReports(reports, readRun(log.path), {
        toStdout: (text) => terminal.out.write(text),
        mask: (text) => mask.text(text),
      });
      for (const fact of facts) {
        broken ||= fact.kind === 'report.failed';
        log.emit(fact);
      }
    }
    broken ||= log.broken();
    log.close();
    console.finish();
  } catch (error) {
    broken = true;
    reporterBroke(terminal)(error);
  }
  return broken && code === EXIT_CODES.ok.code ? EXIT_CODES.report.code : code;
}

export const logBroke =
  ({ err }: Terminal) =>
  ({ message }: Error): void => {
    err.write(` error  the event log can't be written any more: ${message}\n`);
    err.write('        the run goes on, and its results are on the screen alone: free some space\n');
  };

export const reporterBroke =
  ({ err }: Terminal) =>
  (error: unknown): void => {
    err.write(` warning  a reporter failed, the results are in the event log: ${String(error)}\n`);
  };
