/** One sentence for what a run came to, the same in every report. */
import { unreachable } from '../events/index.ts';
import { count, duration } from './figures.ts';
import { toleratedWords } from './layers.ts';
import type { Outcome } from './outcome.ts';
import { slaWords } from './sla.ts';

export interface Headline {
  readonly green: boolean;
  readonly words: string;
}

/** @param cut the log ends before the run did: then nothing is green */
export function headline(outcome: Outcome, cut: boolean): Headline {
  const { green, words } = verdict(outcome);
  return cut ? { green: false, words: `the run was cut off: ${words}` } : { green, words };
}

function verdict(outcome: Outcome): Headline {
  switch (outcome.kind) {
    case 'passed':
      return { green: true, words: 'all tests passed' };
    case 'tests-failed':
      return { green: false, words: count(outcome.failed, 'failure') };
    case 'flaky':
      return {
        green: outcome.taken === 'for green',
        words: `all tests passed, ${count(outcome.files, 'file')} only when run again`,
      };
    case 'infrastructure':
      return {
        green: false,
        words: `could not be had or died: ${outcome.services.join(', ') || 'a service'}`,
      };
    case 'nothing-executed':
      return { green: false, words: 'no test was executed' };
    case 'unguarded':
      return { green: false, words: `guards of incidents did not pass: ${outcome.incidents.join(', ')}` };
    case 'below-floor':
      return {
        green: false,
        words: `under the floor: ${outcome.breaches.map(({ category }) => category).join(', ')}`,
      };
    case 'too-many-skipped':
      return {
        green: false,
        words: `too many tests were skipped: ${outcome.budgets.map(({ words }) => words).join('; ')}`,
      };
    case 'sla-breached':
      return { green: false, words: `SLA breached: ${outcome.breaches.map(slaWords).join('; ')}` };
    case 'incomplete':
      return { green: false, words: `${count(outcome.notRun, 'file')} did not run` };
    case 'over-bar':
      return {
        green: false,
        words: outcome.layers
          .flatMap(({ layer, missed }) => missed.map(({ words }) => `layer ${layer.name} ${words}`))
          .join('; '),
      };
    case 'tolerated':
      return { green: true, words: outcome.layers.map(toleratedWords).join('; ') };
    case 'over-budget':
      return { green: false, words: `not ended within ${duration(outcome.budget)}` };
    case 'cancelled':
      return {
        green: false,
        words: outcome.signal === null ? 'cancelled' : `cancelled by ${outcome.signal}`,
      };
    default:
      return unreachable(outcome);
  }
}
