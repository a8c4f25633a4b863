/** What was promised of times, judged over all shards of a run, as it would have been of one run. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recordsFolder } from '../../config/index.ts';
import type { RunnerEvent, SlaJudgement } from '../../events/index.ts';
import { HISTORY_FOLDER } from '../../history/index.ts';
import type { RecordedRun } from '../../reporters/index.ts';
import { slaKeeperOf } from '../history/sla.ts';

/** In place of what each shard could say alone. @param run all shards, one after another */
export function judged(run: RecordedRun): RecordedRun {
  const sla = slaKeeperOf(historyOf(run));
  for (const event of run.events) sla.take(event);
  const events = run.events.filter(({ kind }) => kind !== 'sla.judged');
  const last = events.at(-1);
  if (last === undefined) return run;
  return { ...run, events: [...events, ...sla.judge().map((judgement) => asEvent(judgement, last))] };
}

/** At the end of the last one. */
const asEvent = (judgement: SlaJudgement, { seq, t, runId }: RunnerEvent): RunnerEvent => ({
  v: 1,
  seq: seq + 1,
  t,
  runId,
  kind: 'sla.judged',
  ...judgement,
});

/** Beside the folders of the runs; where they were brought from elsewhere, that of the project, if it is here. */
function historyOf({ runs, events }: RecordedRun): string {
  const beside = runs.map(({ dir }) => join(dirname(dirname(dir)), HISTORY_FOLDER));
  const started = events.find((event) => event.kind === 'run.started');
  const root = started?.kind === 'run.started' && existsSync(started.root) ? started.root : null;
  const own = root === null ? [] : [join(recordsFolder(root), HISTORY_FOLDER)];
  return [...beside, ...own].find((folder) => existsSync(folder)) ?? beside[0] ?? HISTORY_FOLDER;
}
