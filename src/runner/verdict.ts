/**
 * From what was seen of an attempt to its verdict. Pure. The order of the rules is the order of what explains more:
 * a cut-off run explains a missing end marker, never the other way round.
 */
import { formatSize } from '../config/index.ts';
import type { FileVerdict, TestCounts, TestError } from '../events/index.ts';
import type { ServiceTraffic } from '../services/index.ts';
import type { FileAccount } from './adapters/index.ts';

/** How the process came to its end. */
export type Ending =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: 'timed-out'; readonly limit: number; readonly of: 'all' | 'idle' }
  /** bytes; its processes were killed at once */
  | { readonly kind: 'over-memory'; readonly limit: number; readonly reached: number }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'service-died'; readonly service: string; readonly reason: string }
  | { readonly kind: 'not-started'; readonly reason: string };

export interface Seen {
  readonly ending: Ending;
  readonly account: FileAccount;
  readonly counts: TestCounts;
  /** titles of tests that had begun and not ended */
  readonly running: readonly string[];
  /** processes of the group that outlived the file's own process */
  readonly leaked: readonly string[];
  /** only a part of the file was asked for */
  readonly narrowed: boolean;
  /** the error that the process printed on its way out, if one could be read */
  readonly died: TestError | null;
}

export interface Verdict {
  readonly verdict: FileVerdict;
  /** one sentence where the file failed by itself; null where its tests say it */
  readonly reason: string | null;
}

export function judge(seen: Seen): Verdict {
  const { ending, account, counts } = seen;
  const during = seen.running.length === 0 ? '' : ` during “${seen.running.join('”, “')}”`;
  switch (ending.kind) {
    case 'not-started':
      return { verdict: 'infra-failed', reason: ending.reason };
    case 'cancelled':
      // What it had shown until then stays shown.
      if (counts.failed > 0) return { verdict: 'failed', reason: `ended early: ${ending.reason}${during}` };
      return { verdict: 'not-run', reason: `${ending.reason}${during}` };
    case 'timed-out':
      return {
        verdict: 'timed-out',
        reason:
          ending.of === 'all'
            ? `did not end within ${seconds(ending.limit)}${during}`
            : `showed no sign of life for ${seconds(ending.limit)}${during}: no event, no output`,
      };
    case 'over-memory': {
      const limit = `over its memory limit of ${formatSize(ending.limit)}${during}`;
      return {
        verdict: 'crashed',
        reason: `${limit}: its processes had reached ${formatSize(ending.reached)}`,
      };
    }
    case 'service-died':
      return { verdict: 'infra-failed', reason: `${ending.service} died${during}: ${ending.reason}` };
    case 'exited':
      break;
  }
  if (ending.signal !== null) return { verdict: 'crashed', reason: `killed by ${ending.signal}${during}` };

  const executed = counts.passed + counts.failed;
  const code = ending.code ?? 0;
  switch (account.whole?.kind) {
    case 'broken':
      return { verdict: 'failed', reason: 'it could not be loaded' };
    case 'unfinished':
      return { verdict: 'aborted', reason: `exited with code ${code}${during}: ${account.whole.words}` };
    case 'empty':
      if (executed + counts.skipped + counts.todo === 0) return withoutTests(seen);
      break;
    case undefined:
      break;
  }
  if (account.planned === null) {
    if (!account.began && code === 0) {
      return { verdict: 'no-tests', reason: 'it declares no test: node:test was never asked to run one' };
    }
    if (executed === 0 && seen.died !== null) return { verdict: 'failed', reason: 'it could not be loaded' };
    if (!account.began)
      return { verdict: 'failed', reason: `exited with code ${code} before it declared a test` };
    return {
      verdict: 'aborted',
      reason: `exited with code ${code} before its end${during}; ${count(account.reported, 'result')} came`,
    };
  }
  // An error outside of any test is reported as one more failed test, named after the file.
  const oneTooMany = account.reported > account.planned && counts.failed > 0;
  if (account.planned !== account.reported && !oneTooMany) {
    return {
      verdict: 'aborted',
      reason: `declared ${count(account.planned, 'test')} at its top level and reported ${account.reported}`,
    };
  }
  if (counts.failed > 0) return { verdict: 'failed', reason: null };
  if (code !== 0) {
    const why = account.notes[0] ?? 'every test passed';
    return { verdict: 'failed', reason: `exited with code ${code}: ${why}` };
  }
  if (executed + counts.skipped + counts.todo === 0) {
    return withoutTests(seen);
  }
  if (seen.leaked.length > 0) {
    return {
      verdict: 'leaked',
      reason: `left ${count(seen.leaked.length, 'process')} running: ${seen.leaked.join(', ')}`,
    };
  }
  return executed === 0 ? { verdict: 'skipped', reason: null } : { verdict: 'passed', reason: null };
}

const withoutTests = ({ narrowed }: Seen): Verdict => ({
  verdict: 'no-tests',
  reason: narrowed ? 'no test of it matched the filter' : 'it ran no test',
});

/** Services that a file is known to have left alone; one whose traffic can't be told is not among them. */
export function untouchedBy(traffic: readonly ServiceTraffic[]): readonly string[] {
  return traffic.flatMap(({ service, own }) =>
    own !== null && own.operations + own.frames === 0 ? [service] : [],
  );
}

const seconds = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
const count = (n: number, what: string): string => {
  if (n === 1) return `1 ${what}`;
  return `${n} ${what}${what.endsWith('s') ? 'es' : 's'}`;
};
