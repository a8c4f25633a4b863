/** Which stages a run may be made of, before any of them works. It needs no service. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkedPipeline, PipelineRefused } from '../../platform/backend/agents/pipeline.ts';
import { businessValue } from '../support/business-value.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'An optimization made of nothing is worse than none: it is believed',
});
const ALL = ['data', 'optimization', 'actions', 'reporting'];

test('stages in any order but the right one are refused before one runs', (t) => {
  value(t, 'No customer gets an optimization made of nothing');
  const problem = (stages: readonly string[]): string => {
    try {
      checkedPipeline(stages);
      return 'accepted';
    } catch (error) {
      return error instanceof PipelineRefused ? error.problem : String(error);
    }
  };
  assert.equal(problem(['triage', ...ALL]), 'accepted');
  assert.equal(problem(['triage', 'reporting']), 'accepted');
  assert.equal(problem(['optimization', 'data', 'triage']), 'wrong_order');
  assert.equal(problem(['triage', 'optimization', 'data']), 'wrong_order');
  assert.equal(problem(['triage', 'optimization']), 'optimization_without_data');
  assert.equal(problem(['triage', 'triage']), 'wrong_order');
  assert.equal(problem(['triage', 'gossip']), 'unknown_stage');
  assert.equal(problem([]), 'empty');
});
