/**
 * What earlier runs tell. In: the events of a run as they happen, and the records of runs before it on disk. Out: usual
 * times, statistics, how one file or test went. It decides nothing: a history that can't be read or written costs order
 * and figures, never a verdict.
 */

export { headCommit } from './commit.ts';
export { median, ruleOfThree, wilson } from './estimate.ts';
export { RunFold } from './fold.ts';
export { type Outstanding, outstanding, type TestsOfFile } from './outstanding.ts';
export {
  ENOUGH_TO_PLAN,
  type FileRun,
  type History,
  type HistoryRun,
  readHistory,
  readTests,
  settled,
  type TestRun,
} from './read.ts';
export { type FilesRecord, type Machine, thisMachine } from './record.ts';
export { recoverRuns } from './recover.ts';
export { listSchedule, type Stage } from './schedule.ts';
export { judgeSla, type Past, SlaFold } from './sla/index.ts';
export { type Stats, statistics } from './stats.ts';
export { HISTORY_FOLDER, prune, writeRecord } from './store.ts';
export { type Expected, expectedTimes, redness } from './usual.ts';
