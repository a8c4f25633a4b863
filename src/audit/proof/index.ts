/**
 * Which tests would notice that a service is gone, or that the product has a fault. In: a plan and the faults that a project
 * declares. Out: each test's verdict with what it rests on. Files run as in every other run, through the runner; nothing
 * is written to a screen here, and no file of the project is changed.
 */
export type { Cell } from './cells.ts';
export type { Execute, Experiment, Place } from './execution.ts';
export { declaredMutations, type Mutation } from './mutations.ts';
export { type KnownProof, notJudged, type Proof, prove } from './prove.ts';
export type { FileProof, ProvenTest } from './record.ts';
export { type Standing, standings } from './standing.ts';
export { type Survey, type Surveyed, survey } from './survey.ts';
