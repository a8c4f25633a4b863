/**
 * Which tests would notice that a service is gone. In: a plan. Out: each test's verdict with what it rests on.
 * Files run as in every other run, through the runner; nothing is written to a screen here.
 */
export type { Cell } from './cells.ts';
export { type KnownProof, notJudged, type Proof, prove } from './prove.ts';
export type { FileProof, ProvenTest } from './record.ts';
