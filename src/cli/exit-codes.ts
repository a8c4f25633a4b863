/**
 * The exit codes, in one place. Numbers follow cargo-nextest where the meaning is the same. `docs/exit-codes.md` is
 * generated from this table, and a test holds the two together.
 */
import { constants } from 'node:os';
import { unreachable } from '../events/index.ts';
import { type Outcome, outcome, type Summary } from '../reporters/index.ts';

export const EXIT_CODES = {
  ok: {
    code: 0,
    meaning:
      'all selected tests ran and passed, or what failed was within the `pass` bar of a layer that was asked for',
  },
  internal: { code: 1, meaning: 'a bug in the runner itself; the message says where to report it' },
  nothing: {
    code: 4,
    meaning: 'no test was executed, a category stayed under its floor, or files did not run',
  },
  flaky: { code: 5, meaning: 'all selected tests passed, but some only when they were run again' },
  filter: { code: 94, meaning: 'a `--filter` expression is wrong: nothing was started' },
  usage: { code: 96, meaning: 'configuration or usage error: nothing was started' },
  failed: {
    code: 100,
    meaning:
      'at least one test failed, or a file timed out, crashed, aborted, leaked or had no tests, or a guard of an incident did not pass, or a file was flaky under `--fail-on-flaky`, or more tests were skipped than a budget (`max_skipped`) allows, or an SLA was breached under `--fail-on-sla`, or a layer missed a bar of its own; for `runner prove`: a file is red with all of its services there, a test is vacuous where that is to fail, or a mutation survives or can not be made',
  },
  findings: {
    code: 101,
    meaning:
      'the environment check or the audit found what breaks a rule, or the score is under its threshold',
  },
  noGo: { code: 102, meaning: 'the gate says NO-GO, or a record of it can not be relied on' },
  services: { code: 105, meaning: 'a service could not be had, or died' },
  incomplete: {
    code: 106,
    meaning:
      'the log of the run that is reported ends before the run did: it was killed, or is not whole; or shards to merge are missing, there twice or of another plan',
  },
  report: { code: 110, meaning: 'the event log or a report could not be written' },
  budget: { code: 124, meaning: 'the run did not end within its `--global-timeout`' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** 128 + the signal's number, as shells do. */
export const signalExit = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 0);

export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'passed':
    case 'tolerated':
      return EXIT_CODES.ok.code;
    case 'tests-failed':
    case 'over-bar':
    case 'unguarded':
    case 'too-many-skipped':
    case 'sla-breached':
      return EXIT_CODES.failed.code;
    case 'flaky':
      return outcome.taken === 'for green' ? EXIT_CODES.flaky.code : EXIT_CODES.failed.code;
    case 'infrastructure':
      return EXIT_CODES.services.code;
    case 'nothing-executed':
    case 'below-floor':
    case 'incomplete':
      return EXIT_CODES.nothing.code;
    case 'over-budget':
      return EXIT_CODES.budget.code;
    case 'cancelled':
      // The log keeps the signal as text; one that this system does not know counts as an interrupt.
      return outcome.signal === null ? EXIT_CODES.nothing.code : signalExit(outcome.signal as NodeJS.Signals);
    default:
      return unreachable(outcome);
  }
}

/**
 * What a report of recorded runs exits with: what the runs did, so that a script can go on from the report. Never 0 where
 * one of them was not, or was cut off.
 */
export function exitCodeOfRecorded(summary: Summary, cut: boolean): number {
  const recorded = summary.runs.map(({ finished }) => finished?.exitCode ?? EXIT_CODES.ok.code);
  const alone = recorded.length === 1 && !cut ? recorded[0] : undefined;
  const code = alone ?? exitCodeOf(outcome(summary));
  const { ok, incomplete, report, nothing } = EXIT_CODES;
  if (cut && (code === ok.code || code === nothing.code)) return incomplete.code;
  if (code !== ok.code) return code;
  const unwritten = summary.reports.some(({ kind }) => kind === 'report.failed');
  return recorded.find((one) => one !== ok.code) ?? (unwritten ? report.code : ok.code);
}

/** What the shards of a run exit with together: what the one run would have, whatever each of them saw of it. */
export function exitCodeOfMerged(summary: Summary, cut: boolean): number {
  const code = exitCodeOf(outcome(summary));
  const { ok, incomplete, report, nothing } = EXIT_CODES;
  if (cut && (code === ok.code || code === nothing.code)) return incomplete.code;
  if (code !== ok.code) return code;
  const unwritten = summary.reports.some(({ kind }) => kind === 'report.failed');
  const unlogged = summary.runs.some(({ finished }) => finished?.exitCode === report.code);
  return unwritten || unlogged ? report.code : ok.code;
}

/** `--exit-code-style simple`: 0 or 1, for tools that expect nothing else. */
export const simplified = (code: number): number => (code === 0 ? 0 : 1);
