/**
 * Why a test is worth its time, in four fields that reports read. Segment, goal and strategic impact are the file's;
 * the value impact is the test's own.
 */
import type { TestContext } from 'node:test';

export interface SuiteValue {
  /** who gains */
  readonly segment: 'all' | 'free' | 'enterprise' | 'platform';
  readonly goal: 'conversion' | 'retention' | 'expansion' | 'stability' | 'security';
  readonly strategicImpact: string;
}

/** @returns a function to be called first in each test: it writes the four fields to the test's diagnostics, as JSON */
export function businessValue(suite: SuiteValue): (test: TestContext, valueImpact: string) => void {
  return (test, valueImpact) => {
    test.diagnostic(`business-value ${JSON.stringify({ ...suite, valueImpact })}`);
  };
}
