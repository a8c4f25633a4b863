/**
 * Quarantine in a summary: a failure that it excuses counts as skipped, with the failure as the reason, so that no report
 * can show it as passed or count it as executed. What is in quarantine and passes, or no longer exists, is told as well.
 */
import { excusedTests, isExcused, type PlannedQuarantineFact, quarantineOf } from '../events/index.ts';
import type { FileResult, Summary } from './summary.ts';

/** Once an attempt has ended: takes out of the file's failures what its quarantine excuses. */
export function excuse(file: FileResult, facts: readonly PlannedQuarantineFact[]): void {
  const quarantine = quarantineOf(facts, file.plan.file);
  if (quarantine.whole === null && quarantine.byTitle.size === 0) return;
  const failed = file.tests.flatMap(({ path, verdict }) => (verdict === 'failed' ? [path] : []));
  const { verdict, reason } = file;
  if (GREEN.has(verdict) || verdict === 'infra-failed' || verdict === 'not-run') return;

  const excused = excusedTests(quarantine, failed);
  for (const [at, test] of file.tests.entries()) {
    const by = test.verdict === 'failed' ? excused.get(test.path) : undefined;
    if (by === undefined) continue;
    file.excused.push({ by, test });
    const why = test.error === null ? 'failed' : `failed: ${test.error.message}`;
    file.tests[at] = { ...test, verdict: 'skipped', reason: `${inQuarantine(by)}; ${why}`, error: null };
  }
  const { counts } = file;
  file.counts = {
    ...counts,
    failed: counts.failed - excused.size,
    skipped: counts.skipped + excused.size,
  };
  if (!isExcused(quarantine, verdict, failed)) return;
  if (quarantine.whole !== null && (verdict !== 'failed' || failed.length === 0))
    file.excused.push({ by: quarantine.whole, test: null });
  file.verdict = counts.passed > 0 ? 'passed' : 'skipped';
  file.reason =
    quarantine.whole === null
      ? null
      : `${inQuarantine(quarantine.whole)}; ${verdict}${reason === null ? '' : `: ${reason}`}`;
}

const GREEN = new Set(['passed', 'flaky', 'skipped']);

const inQuarantine = ({ owner, expires }: PlannedQuarantineFact): string =>
  `in quarantine until ${expires} (${owner})`;

/** How one entry of the registry went. */
export interface QuarantineState {
  readonly fact: PlannedQuarantineFact;
  /** `gone`: its file ran whole and has no such test */
  readonly state: 'excused' | 'ended' | 'passes' | 'gone';
}

/** One for each entry that a person should know of; an entry whose file did not run tells nothing. */
export function quarantineStates(summary: Summary): readonly QuarantineState[] {
  return (summary.plan?.quarantine ?? []).flatMap((fact) => {
    const file = [...summary.files.values()].find(({ plan }) => plan.file === fact.file);
    if (file === undefined || file.last === null || file.last.verdict === 'not-run') return [];
    const state = stateOf(fact, file);
    return state === null ? [] : [{ fact, state }];
  });
}

function stateOf(fact: PlannedQuarantineFact, file: FileResult): QuarantineState['state'] | null {
  const { title } = fact;
  if (file.excused.some(({ by }) => by === fact || (by.file === fact.file && by.title === title)))
    return 'excused';
  if (title === null) {
    if (GREEN.has(file.verdict)) return 'passes';
    return fact.ended ? 'ended' : null;
  }
  const test = file.tests.find(({ path }) => path.join(' > ') === title);
  if (test === undefined) return file.last?.planned === null ? null : 'gone';
  if (test.verdict === 'failed') return fact.ended ? 'ended' : null;
  return test.verdict === 'passed' || test.verdict === 'flaky' ? 'passes' : null;
}
