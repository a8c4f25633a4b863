/** What a project's own command says of its tests. */
import type { Counting } from './projects.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const sameCounts = (a: Counts, b: Counts): boolean =>
  a.passed === b.passed && a.failed === b.failed && a.skipped === b.skipped;

/** Why a project's own command is nothing to compare with; null: it is. What does not run at all would be alike on both sides. */
export function unfitToCompare({ passed, failed }: Counts): string | null {
  if (passed === 0) return 'not one test passed under its own command';
  return failed === 0 ? null : `${failed} failed under its own command: it is not installed as it should be`;
}

/** @throws where the text has no counts */
export function countsIn(counting: Counting, text: string): Counts {
  switch (counting) {
    case 'node': {
      const { passed, failed, skipped } = summary(text);
      return { passed: passed - filesWithoutTests(text), failed, skipped };
    }
    case 'tape':
      return summary(text);
    case 'mocha': {
      const { stats } = JSON.parse(text);
      return counts(stats.passes, stats.failures, stats.pending);
    }
    case 'jest': {
      const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(text);
      return counts(numPassedTests, numFailedTests, numPendingTests);
    }
  }
}

function counts(passed: unknown, failed: unknown, skipped: unknown): Counts {
  const known = [passed, failed, skipped].map(Number);
  if (known.some((count) => !Number.isInteger(count))) throw new Error('the report has no counts');
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

/** `# pass 12`, in which parents of subtests count as tests; tape says nothing where nothing failed or was skipped. */
function summary(text: string): Counts {
  const said = (what: string): string | undefined => new RegExp(`^# ${what} +(\\d+)$`, 'm').exec(text)?.[1];
  const failed = Number(said('fail') ?? 0) + Number(said('cancelled') ?? 0);
  return counts(said('pass'), failed, said('skipped') ?? 0);
}

/** A file in which there is no test is one that passed to `node --test`, titled by its path. */
const filesWithoutTests = (text: string): number => text.match(/^ok \d+ - \/.*\.[cm]?js$/gm)?.length ?? 0;

/** The last line of a run. @throws where there is none */
export function countsOfRunner(stdout: string): Counts {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const [, passed, failed, skipped = '0'] =
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/.exec(last) ?? [];
  if (passed === undefined) throw new Error(`the run has no counts: ${last}`);
  return counts(passed, failed, skipped);
}
