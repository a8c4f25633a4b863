/** How much of a suite or category may be skipped, as the registry says it: too much stops the deploy. Pure. */
import { type Summary, skipScope, skipStates } from '../reporters/index.ts';
import { broken, type GateCheck, held } from './check.ts';

export const skipChecks = (summary: Summary): readonly GateCheck[] =>
  skipStates(summary).map(({ fact, verdict, words }): GateCheck => {
    const id = `skips:${skipScope(fact)}`;
    return verdict === 'breached'
      ? broken(
          id,
          `skipped: ${words}`,
          'let them run or take them out; or raise its max_skipped in the registry',
        )
      : held(id, `skipped: ${words}`);
  });
