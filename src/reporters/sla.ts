/** What was promised of times, in words: the same in every report. */
import type { SlaJudgement, SlaScope } from '../events/index.ts';
import { count, duration } from './figures.ts';
import type { FileResult, Summary } from './summary.ts';
import { oneLine, title } from './text.ts';

/** `category unit`, `a.test.ts > adds`. */
export function scopeWords(scope: SlaScope): string {
  switch (scope.kind) {
    case 'category':
    case 'suite':
      return `${scope.kind} ${oneLine(scope.name)}`;
    case 'file':
      return scope.file;
    case 'test':
      return `${scope.file} > ${title([scope.title])}`;
  }
}

/** One sentence without its end: what was promised and what it came to. */
export function slaWords(judgement: SlaJudgement): string {
  const { scope, rule, verdict, reason } = judgement;
  const what = scopeWords(scope);
  if (verdict === 'not-judged') return `${rule} of ${what} is not judged: ${oneLine(reason ?? '')}`;
  return `${what} ${RULE_WORDS[rule](judgement)}`;
}

const ms = (time: number | null): string => (time === null ? '?' : duration(time));

const RULE_WORDS = {
  duration: ({ measured, limit }: SlaJudgement) => `took ${ms(measured)}, at most ${ms(limit)} are allowed`,
  p95: ({ measured, limit }: SlaJudgement) =>
    `has a p95 of ${ms(measured)} over its tests, at most ${ms(limit)} are allowed`,
  slower: ({ measured, limit, baseline }: SlaJudgement) => {
    if (baseline === null) return `took ${ms(measured)}`;
    const { median, runs, deviations } = baseline;
    const share = median === 0 || measured === null ? 0 : Math.round((measured / median - 1) * 100);
    const than =
      share === 0 ? 'as usual' : `${Math.abs(share)} % ${share > 0 ? 'slower' : 'faster'} than usual`;
    const noise = share > 0 ? `, ${deviations.toFixed(1)} standard deviations` : '';
    return `took ${ms(measured)}, ${than} (${ms(median)}, median of ${count(runs, 'run')}${noise}); at most ${ms(limit)} are allowed`;
  },
} as const;

/** Where the time of a category or suite went: its files, those first that took longest beyond what is usual for them. */
export function slowestOf(summary: Summary, { scope }: SlaJudgement, most: number): readonly string[] {
  if (scope.kind === 'file' || scope.kind === 'test') return [];
  const over = ({ ms: took, plan }: FileResult): number => took - (plan.usual ?? 0);
  return [...summary.files.values()]
    .filter(({ plan, ms: took }) => plan[scope.kind] === scope.name && took > 0)
    .sort((a, b) => over(b) - over(a))
    .slice(0, most)
    .map(({ plan, ms: took }) => {
      const usual = plan.usual === undefined ? '' : `, usually ${duration(plan.usual)}`;
      return `${plan.file} ${duration(took)}${usual}`;
    });
}

/** Broken promises, in the order of the log. */
export const slaBreaches = ({ sla }: Summary): readonly SlaJudgement[] =>
  sla.filter(({ verdict }) => verdict === 'breached');

/** Whether a broken promise makes the run red. */
export const failsOnSla = ({ plan }: Summary): boolean => plan?.failOnSla === true;
