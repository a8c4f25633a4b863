/** Which faults were noticed, in words and as JSON. */
import type { Survey, Surveyed } from '../../audit/index.ts';
import { formatDuration } from '../../config/index.ts';
import { count } from '../../reporters/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ProofScreen } from './matrix.ts';

const STATES = ['noticed', 'survived', 'unmade', 'open'] as const;
const WORDS: Readonly<Record<Surveyed['state'], string>> = {
  noticed: 'noticed',
  survived: 'survived',
  unmade: 'could not be tried',
  open: 'not tried yet',
};

export const tally = ({ mutations }: Survey, state: Surveyed['state']): number =>
  mutations.filter((one) => one.state === state).length;

export function surveyText(survey: Survey, { theme, ms, runDir }: ProofScreen): string {
  const lines = survey.red.map(
    ({ file, reason }) =>
      ` ${theme.red(theme.marks.fail)} ${file} is red without a fault, so it proves nothing: ${reason}`,
  );
  for (const { name, breaks, state, reason } of survey.mutations) {
    if (state === 'noticed' || state === 'open') continue;
    lines.push(
      ` ${theme.red(theme.marks.fail)} ${theme.bold(name)} ${WORDS[state]}: ${reason}`,
      `     it breaks: ${breaks}`,
    );
  }
  if (runDir !== null) lines.push(theme.dim(` experiments: ${runDir}`));
  const others = STATES.filter((state) => state !== 'noticed' && tally(survey, state) > 0);
  const rest = others.map((state) => `, ${tally(survey, state)} ${WORDS[state]}`).join('');
  const took = formatDuration(Math.round(ms / 1000) * 1000);
  const all = count(survey.mutations.length, 'mutation');
  return `${[...lines, '', `${tally(survey, 'noticed')} of ${all} noticed${rest} (${took})`, ''].join('\n')}`;
}

export const surveyJson = (survey: Survey): string =>
  `${JSON.stringify(
    {
      totals: Object.fromEntries(STATES.map((state) => [state, tally(survey, state)])),
      mutations: survey.mutations,
      red: survey.red,
    },
    null,
    2,
  )}\n`;

export const surveyCode = (survey: Survey): number =>
  survey.red.length > 0 || tally(survey, 'survived') > 0 || tally(survey, 'unmade') > 0
    ? EXIT_CODES.failed.code
    : EXIT_CODES.ok.code;
