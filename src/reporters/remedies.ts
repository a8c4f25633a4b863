/** What to do about a file that failed by itself, where the verdict alone does not say it. One line, or none. */
import type { FileResult } from './summary.ts';

/** @returns null where the reason, the output or the service's own entry say it */
export function fileRemedy({ verdict, plan, last }: FileResult): string | null {
  const { peak = 0, limit = peak } = last?.memory ?? {};
  switch (verdict) {
    case 'crashed':
      return peak > limit
        ? `find what it keeps; if it needs more: a larger \`memory\` of the suite ${plan.suite}`
        : null;
    case 'timed-out':
      return `find what it waits for; if it needs longer: --timeout 5m, or \`timeout\` of the suite ${plan.suite}`;
    case 'aborted':
      return 'find who ends the process (process.exit, nothing left to wait for): what came after it never ran';
    case 'no-tests':
      return `declare a test in it, or take it out of \`files\` of the suite ${plan.suite}`;
    default:
      return null;
  }
}
