/** Promises of times. In: the events of a run, and what earlier runs took. Out: one judgement a rule. */
export type { Past } from './baseline.ts';
export { SlaFold } from './fold.ts';
export { judgeSla } from './judge.ts';
