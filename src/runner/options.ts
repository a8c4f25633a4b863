/** What executing a plan needs from above. */
import type { Plan, PlannedFile } from '../categories/index.ts';
import type { AttemptId, Emit, Mask, PlannedQuarantineFact, RunId } from '../events/index.ts';
import type { DatabaseFate, ServiceHost } from '../services/index.ts';
import type { ActiveClock } from './active-clock.ts';
import type { FailFastOptions } from './fail-fast.ts';

export interface ExecuteOptions {
  readonly plan: Plan;
  readonly root: string;
  readonly runId: RunId;
  /** `.runner/runs/<run>`: logs and outputs, kept */
  readonly runDir: string;
  /** everything else, removed at the end */
  readonly scratch: string;
  readonly services: ServiceHost;
  readonly emit: Emit;
  /** what limits are measured by */
  readonly clock: ActiveClock;
  readonly env: NodeJS.ProcessEnv;
  /** of the planned files */
  readonly quarantine: readonly PlannedQuarantineFact[];
  readonly failFast: FailFastOptions;
  /** what becomes of the database of a file that failed */
  readonly failedDatabases: DatabaseFate;
  /** what a file that passes only when it is run again is to those that come after it */
  readonly flaky: 'green' | 'red';
  /** what happens to a file that passes and shows no traffic of its own to a service that its suite needs */
  readonly evidence: 'warned' | 'required';
  /** aborted with a reason (string) to end the run early */
  readonly cancel: AbortSignal;
  /** aborted with a reason (string): nothing begins any more, and what runs is left to its end */
  readonly enough?: AbortSignal;
  readonly mask: Mask;
  /** Asked when a planned file has ended for good. @returns files of its category that now run before all that wait */
  readonly followUps?: (file: PlannedFile, attempt: AttemptId) => readonly PlannedFile[];
}
