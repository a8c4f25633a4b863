/** Budgets of skipped tests: what they came to, in figures and in words that are the same in every report. Pure. */
import type { PlannedSkipsFact } from '../events/index.ts';
import { count } from './figures.ts';
import type { FileResult, Summary } from './summary.ts';
import { oneLine } from './text.ts';

export interface SkipState {
  readonly fact: PlannedSkipsFact;
  /** tests that were skipped, or are still to do; without failures that a quarantine excuses */
  readonly skipped: number;
  /** all tests that it has, skipped ones included */
  readonly tests: number;
  readonly verdict: 'held' | 'breached' | 'not-judged';
  /** one sentence without its end */
  readonly words: string;
}

export function skipStates(summary: Summary): readonly SkipState[] {
  const { skips = [], shard } = summary.plan ?? {};
  return skips.map((fact) => stateOf(fact, summary, shard === undefined));
}

/** In the order of the registry. */
export const skipBreaches = (summary: Summary): readonly SkipState[] =>
  skipStates(summary).filter(({ verdict }) => verdict === 'breached');

/** @param whole the run is no part of a plan, whose share nobody could tell */
function stateOf(fact: PlannedSkipsFact, summary: Summary, whole: boolean): SkipState {
  const { most, of } = fact;
  const files = [...summary.files.values()].filter(isIn(fact));
  const skipped = files.reduce((sum, file) => sum + skippedIn(file), 0);
  const tests = files.reduce((sum, { counts }) => {
    const { passed, failed, skipped: left, todo } = counts;
    return sum + passed + failed + left + todo;
  }, 0);
  const state = { fact, skipped, tests };
  // What is over a number is over it even where only a part of it ran; the share of a part tells nothing of the whole.
  const open = of === 'tests' ? null : whole ? fact.narrowed : 'other shards have the rest of it';
  const what = skipScope(fact);
  if (open !== null) {
    const words = `the skip budget of ${what} (${limit(fact)}) is not judged: ${oneLine(open)}`;
    return { ...state, verdict: 'not-judged', words };
  }
  const over = of === 'tests' ? skipped > most : skipped * 100 > most * tests;
  const words = `${what}: ${skipped} of ${count(tests, 'test')} skipped, at most ${limit(fact)} allowed`;
  return { ...state, verdict: over ? 'breached' : 'held', words };
}

const isIn =
  ({ scope }: PlannedSkipsFact) =>
  ({ plan }: FileResult): boolean =>
    scope.kind === 'run' || plan[scope.kind] === scope.name;

/** A failure that is excused has an owner and a last day, and is told by itself. */
const skippedIn = ({ counts, excused }: FileResult): number =>
  counts.skipped + counts.todo - excused.filter(({ test }) => test !== null).length;

/** `the run`, `category unit` */
export const skipScope = ({ scope }: PlannedSkipsFact): string =>
  scope.kind === 'run' ? 'the run' : `${scope.kind} ${oneLine(scope.name)}`;

const limit = ({ most, of }: PlannedSkipsFact): string => (of === 'tests' ? String(most) : `${most} %`);
