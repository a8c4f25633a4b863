/** What the recorded run promised of times, and how that was judged. */
import { fileId, type SlaJudgement, type SlaScope } from '../../src/events/index.ts';
import { HOSTILE } from './hostile.ts';

const UNIT: SlaScope = { kind: 'category', name: 'unit' };
const SHOP: SlaScope = { kind: 'suite', name: 'shop' };
const HOSTILE_TEST: SlaScope = {
  kind: 'test',
  file: fileId('shop/hostile.test.ts'),
  title: HOSTILE.join(' '),
};
export const SLA = [
  [UNIT, 1_000],
  [SHOP, 100],
  [HOSTILE_TEST, 2],
] as const;

/** One that was kept, one that nobody could judge, and broken ones, one of them of a hostile name. */
export const JUDGEMENTS: readonly SlaJudgement[] = [
  {
    scope: UNIT,
    rule: 'duration',
    verdict: 'held',
    measured: 40,
    limit: 1_000,
    baseline: null,
    reason: null,
  },
  {
    scope: UNIT,
    rule: 'slower',
    verdict: 'not-judged',
    measured: null,
    limit: null,
    baseline: null,
    reason: '2 of at least 5 comparable runs are recorded',
  },
  {
    scope: SHOP,
    rule: 'slower',
    verdict: 'breached',
    measured: 220,
    limit: 120,
    baseline: { runs: 10, median: 100, deviations: 8.25 },
    reason: null,
  },
  {
    scope: HOSTILE_TEST,
    rule: 'duration',
    verdict: 'breached',
    measured: 3,
    limit: 2,
    baseline: null,
    reason: null,
  },
];
