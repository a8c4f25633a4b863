/**
 * Folds over events. In: the event log, as it grows or long after. Out: summaries, screens, tables. A reporter decides
 * nothing: it can fail without losing a result or changing a verdict.
 */
export { carriedLines } from './carried.ts';
export { type ConsoleOptions, type ConsoleReporter, consoleReporter } from './console.ts';
export { count, duration } from './figures.ts';
export { type Detail, finalScreen } from './final.ts';
export { FORMAT_NAMES } from './formats/format.ts';
export { FORMATS, type Format } from './formats/index.ts';
export { asText, type Page, pageOf, type ReportData, reportData, staticPage } from './html/index.ts';
export { guardResult } from './incidents.ts';
export { openCommand, removeCommand } from './kept.ts';
export { type Outcome, outcome } from './outcome.ts';
export { mergeRuns, type RecordedRun, readRun } from './recorded.ts';
export { joinRequests, type ReportRequest, readRequests, withJobSummary, writeReports } from './requests.ts';
export { type RunningTests, runningTests } from './running-at.ts';
export { type SkipState, skipScope, skipStates } from './skips.ts';
export { scopeWords, slaWords } from './sla.ts';
export { type Summary, summarise } from './summary.ts';
export { listing } from './table.ts';
export { withTime } from './tails.ts';
export { fit, near, oneLine } from './text.ts';
export { type Theme, theme } from './theme.ts';
export { contradictions, failedByItself, totals } from './totals.ts';
