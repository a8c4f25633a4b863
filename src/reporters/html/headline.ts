/** The first line of the page: what the run came to, in one sentence, and what else has to be known. */
import { unreachable } from '../../events/index.ts';
import { count, duration } from '../figures.ts';
import { outcome } from '../outcome.ts';
import { skipBreaches } from '../skips.ts';
import { slaBreaches, slaWords } from '../sla.ts';
import type { Summary } from '../summary.ts';
import { oneLine } from '../text.ts';
import { totals } from '../totals.ts';
import { headline } from '../words.ts';
import type { Headline, RunFacts } from './data.ts';

export function headlineOf(summary: Summary, state: RunFacts['state']): Headline {
  switch (state) {
    case 'running':
      return { tone: 'running', text: progress(summary), besides: [] };
    case 'cut':
      return summary.finished === null
        ? { tone: 'bad', text: 'This run was cut off.', besides: [cut(summary)] }
        : { tone: 'bad', text: 'This log is damaged.', besides: [DAMAGED] };
    case 'ended':
      return { ...ended(summary), besides: leftOut(summary) };
  }
}

const DAMAGED =
  'Lines of it can not be read: what they said is missing here, and nothing on this page is sure.';

function progress(summary: Summary): string {
  const { failed, notRun, files } = totals(summary);
  const done = `${files - notRun} of ${count(files, 'file')} done`;
  return failed === 0 ? `Running: ${done}, nothing has failed.` : `Running: ${done}, ${failed} failed.`;
}

function cut(summary: Summary): string {
  const { files, notRun, failed } = totals(summary);
  const until = `until then ${files - notRun} of ${count(files, 'file')} had ended, with ${count(failed, 'failure')}`;
  return `Its log stops without the end of the run: ${until}. What had not ended counts as not run.`;
}

function ended(summary: Summary): Pick<Headline, 'tone' | 'text'> {
  const { tests, passed, failed, skipped, todo } = totals(summary);
  const result = outcome(summary);
  const bad = (text: string): Pick<Headline, 'tone' | 'text'> => ({ tone: 'bad', text: oneLine(text) });
  switch (result.kind) {
    case 'passed': {
      const left = skipped + todo;
      const all =
        left === 0 ? `All ${passed} tests passed.` : `${passed} tests passed, ${left} were skipped.`;
      return { tone: 'good', text: passed === 1 && left === 0 ? 'The one test passed.' : all };
    }
    case 'tests-failed':
      return bad(`${failed} of ${count(tests, 'test')} failed.`);
    case 'flaky': {
      const text = `All ${passed} tests passed, those of ${count(result.files, 'file')} only when run again.`;
      return { tone: result.taken === 'for green' ? 'good' : 'bad', text };
    }
    case 'infrastructure':
      return bad(
        `The run is not complete: ${result.services.join(', ') || 'a process'} could not be had or died.`,
      );
    case 'nothing-executed':
      return bad('No test was executed, and that is never a success.');
    case 'unguarded':
      return bad(`An incident may come back: ${result.incidents.join(', ')}.`);
    case 'below-floor':
      return bad(
        result.breaches
          .map(
            ({ category, floor, executed }) =>
              `Category ${category} is under its floor: ${executed} of ${floor} tests.`,
          )
          .join(' '),
      );
    case 'too-many-skipped':
      return bad(`Too many tests were skipped: ${result.budgets.map(({ words }) => words).join('; ')}.`);
    case 'sla-breached':
      return bad(`SLA breached: ${result.breaches.map(slaWords).join('; ')}.`);
    case 'incomplete':
      return bad(`The run is not complete: ${count(result.notRun, 'file')} did not run.`);
    case 'over-bar':
    case 'tolerated': {
      const { green, words } = headline(result, false);
      return { tone: green ? 'good' : 'bad', text: oneLine(`${words}.`) };
    }
    case 'over-budget':
      return bad(`Not ended within ${duration(result.budget)}: what had not ended did not run.`);
    case 'cancelled':
      return bad(
        `Cancelled${result.signal === null ? '' : ` by ${result.signal}`}: what had not ended did not run.`,
      );
    default:
      return unreachable(result);
  }
}

/** What a green headline must not hide. */
function leftOut(summary: Summary): readonly string[] {
  const { failed, notRun } = totals(summary);
  const result = outcome(summary);
  const said: string[] = [];
  if (failed > 0 && result.kind !== 'tests-failed' && result.kind !== 'tolerated')
    said.push(`${count(failed, 'failure')} as well.`);
  if (notRun > 0 && result.kind !== 'incomplete') said.push(`${count(notRun, 'file')} did not run.`);
  if (result.kind !== 'too-many-skipped')
    said.push(...skipBreaches(summary).map(({ words }) => `Too many tests were skipped: ${words}.`));
  if (result.kind !== 'sla-breached')
    said.push(...slaBreaches(summary).map((breach) => oneLine(`SLA breached: ${slaWords(breach)}.`)));
  return said;
}
