/** The fact about a file that no process was started for. */
import type { PlannedFile } from '../categories/index.ts';
import type { AttemptId, EventFact } from '../events/index.ts';
import type { ServiceFailure } from '../services/index.ts';

/** An attempt that never began: its services could not be had. */
export const withoutServices = (
  file: PlannedFile,
  attempt: AttemptId,
  failure: ServiceFailure,
): EventFact => ({
  kind: 'attempt.finished',
  attempt,
  file: file.id,
  verdict: 'infra-failed',
  ms: 0,
  counts: { passed: 0, failed: 0, skipped: 0, todo: 0 },
  planned: null,
  exitCode: null,
  signal: null,
  reason: `${failure.service} could not be had: ${failure.reason}`,
  error: null,
  output: null,
  outputBytes: 0,
  logs: [],
});
