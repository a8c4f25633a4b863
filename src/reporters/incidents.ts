/** Whether what went wrong once is still kept from coming back: every guard that a run selected has passed in it. */
import type { PlannedIncidentFact } from '../events/index.ts';
import type { Summary } from './summary.ts';

export interface Unguarded {
  readonly incident: PlannedIncidentFact;
  readonly guard: PlannedIncidentFact['guards'][number];
  readonly why: 'failed' | 'skipped' | 'not run';
}

/** One entry a guard that did not pass; empty where all did or none was selected. */
export function unguarded(summary: Summary): readonly Unguarded[] {
  return (summary.plan?.incidents ?? []).flatMap((incident) =>
    incident.guards.flatMap((guard) => {
      const result = guardResult(summary, guard);
      return result === 'passed' ? [] : [{ incident, guard, why: result }];
    }),
  );
}

/** What a run says of one test, by its file and full title. */
export function guardResult(
  summary: Summary,
  { file, title }: PlannedIncidentFact['guards'][number],
): 'passed' | 'failed' | 'skipped' | 'not run' {
  const results = [...summary.files.values()]
    .filter(({ plan }) => plan.file === file)
    .flatMap(({ tests }) => tests.filter(({ path }) => path.join(' > ') === title));
  if (results.length === 0) return 'not run';
  if (results.some(({ verdict }) => verdict === 'failed')) return 'failed';
  return results.every(({ verdict }) => verdict === 'passed') ? 'passed' : 'skipped';
}
