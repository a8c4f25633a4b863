/**
 * Executes a plan. In: a plan and a service host. Out: facts about every file and test, and a promise that nothing of
 * the run is left. No words for people, no exit codes, no registry: those are above and below.
 */
export { ActiveClock } from './active-clock.ts';
export { fullName } from './adapters/index.ts';
export {
  type Affected,
  changedSince,
  type Reached,
  reachedBy,
  type Saves,
  watchSaves,
} from './changes/index.ts';
export { contentHash } from './content.ts';
export { executePlan } from './execute.ts';
export { AHEAD } from './leases.ts';
export type { ExecuteOptions } from './options.ts';
export { projectFolder } from './project-folder.ts';
export { readTitles, type Titles, titlesOf } from './titles.ts';
