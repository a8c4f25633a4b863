/** How a verdict looks: always a mark and a word; colour comes on top of them. */
import type { BarKind, RowVerdict, VerdictGroup } from '../data.ts';

interface Look {
  readonly mark: string;
  readonly word: string;
  readonly group: VerdictGroup;
}

export const VERDICTS: Readonly<Record<RowVerdict, Look>> = {
  passed: { mark: '✓', word: 'passed', group: 'passed' },
  flaky: { mark: '≈', word: 'flaky', group: 'flaky' },
  failed: { mark: '✗', word: 'failed', group: 'failed' },
  skipped: { mark: '○', word: 'skipped', group: 'skipped' },
  todo: { mark: '○', word: 'to do', group: 'skipped' },
  'timed-out': { mark: '✗', word: 'timed out', group: 'failed' },
  crashed: { mark: '✗', word: 'crashed', group: 'failed' },
  aborted: { mark: '✗', word: 'aborted', group: 'failed' },
  leaked: { mark: '✗', word: 'leaked', group: 'failed' },
  'no-tests': { mark: '✗', word: 'no tests', group: 'failed' },
  'infra-failed': { mark: '✗', word: 'no service', group: 'failed' },
  'not-run': { mark: '–', word: 'not run', group: 'not-run' },
};

export const GROUPS: readonly {
  readonly group: VerdictGroup;
  readonly mark: string;
  readonly word: string;
}[] = [
  { group: 'failed', mark: '✗', word: 'failed' },
  { group: 'flaky', mark: '≈', word: 'flaky' },
  { group: 'passed', mark: '✓', word: 'passed' },
  { group: 'skipped', mark: '○', word: 'skipped' },
  { group: 'not-run', mark: '–', word: 'not run' },
];

const BAR_WORDS: Readonly<Record<Exclude<BarKind, RowVerdict>, string>> = {
  running: 'running',
  wait: 'waiting',
  start: 'starting',
  up: 'up',
  died: 'died',
  bundle: 'bundling',
};

export const barWord = (kind: BarKind): string =>
  kind in BAR_WORDS ? BAR_WORDS[kind as keyof typeof BAR_WORDS] : VERDICTS[kind as RowVerdict].word;
