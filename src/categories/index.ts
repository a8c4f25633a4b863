/**
 * The registry as data. In: a valid `Config`, filters as typed, facts about the disk. Out: claimed files and orphans, a
 * `Selection`, a `Plan`. Nothing is started, written or printed here; besides discovery and the look at named paths
 * everything is pure. What a person got wrong is a `Diagnostic`, never a throw.
 */
export { withinBudget } from './budget.ts';
export { type Discovery, discoverFiles, type EmptySuite } from './discover.ts';
export { expectedTime } from './expected.ts';
export { incidentProblems, plannedIncidents } from './incidents.ts';
export { splitList } from './lists.ts';
export { needsClosure } from './needs.ts';
export type { Disk } from './paths.ts';
export { type PlanOptions, plan } from './plan.ts';
export {
  type Plan,
  type PlannedCategory,
  type PlannedFile,
  type PlannedLayer,
  SABOTAGES,
  type Sabotage,
  type SabotageKind,
} from './planned.ts';
export { plannedQuarantine, quarantineProblems } from './quarantine.ts';
export { select } from './select.ts';
export type { Chosen, Filters, RealServices, SelectedFile, Selection } from './selection.ts';
export type { Shard } from './shard.ts';
export { mulberry32 } from './shuffle.ts';
export { plannedSkips } from './skips.ts';
export { plannedSla, slaProblems } from './sla.ts';
