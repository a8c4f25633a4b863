import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, type Seen } from '../../src/runner/verdict.ts';

const passed: Seen = {
  ending: { kind: 'exited', code: 0, signal: null },
  account: { began: true, planned: 2, reported: 2, filtered: 0, garbage: 0, notes: [] },
  counts: { passed: 2, failed: 0, skipped: 0, todo: 0 },
  running: [],
  leaked: [],
  narrowed: false,
  died: null,
};
const none = { passed: 0, failed: 0, skipped: 0, todo: 0 };
const silent = { began: false, planned: null, reported: 0, filtered: 0, garbage: 0, notes: [] };
const exited = (code: number | null, signal: NodeJS.Signals | null = null) =>
  ({ kind: 'exited', code, signal }) as const;

describe('verdict of a file', () => {
  const cases: readonly [title: string, seen: Partial<Seen>, verdict: string, reason: RegExp | null][] = [
    ['all its tests passed', {}, 'passed', null],
    ['a test failed', { counts: { ...none, passed: 1, failed: 1 }, ending: exited(1) }, 'failed', null],
    [
      'T1: exit 0 before the end marker',
      { account: { ...passed.account, planned: null, reported: 1 } },
      'aborted',
      /exited with code 0 before its end; 1 result came/,
    ],
    [
      'T1: fewer results than declared',
      { account: { ...passed.account, reported: 1 } },
      'aborted',
      /declared 2 tests at its top level and reported 1/,
    ],
    [
      'an error outside of its tests, which node:test reports as one more',
      {
        account: { ...passed.account, reported: 3 },
        counts: { ...none, passed: 2, failed: 1 },
        ending: exited(1),
      },
      'failed',
      null,
    ],
    ['T2: nothing declared at all', { account: silent, counts: none }, 'no-tests', /declares no test/],
    [
      'T2: an end marker of zero tests',
      { account: { ...passed.account, planned: 0, reported: 0 }, counts: none },
      'no-tests',
      /ran no test/,
    ],
    [
      'nothing matched the filter',
      { account: { ...passed.account, filtered: 2 }, counts: none, narrowed: true },
      'no-tests',
      /no test of it matched/,
    ],
    [
      'T3: killed by a signal',
      { ending: exited(null, 'SIGSEGV'), running: ['a'] },
      'crashed',
      /killed by SIGSEGV during “a”/,
    ],
    [
      'F19: over its time',
      { ending: { kind: 'timed-out', limit: 1500, of: 'all' }, running: ['slow'] },
      'timed-out',
      /within 1.5 s during “slow”/,
    ],
    [
      'T8: its service died',
      { ending: { kind: 'service-died', service: 'redis', reason: 'killed' } },
      'infra-failed',
      /redis died: killed/,
    ],
    [
      'T15: it could not be started',
      { ending: { kind: 'not-started', reason: 'spawn ENOENT' }, account: silent },
      'infra-failed',
      /spawn ENOENT/,
    ],
    [
      'the run was cancelled',
      { ending: { kind: 'cancelled', reason: 'interrupted by SIGINT' } },
      'not-run',
      /interrupted by SIGINT/,
    ],
    [
      'a non-zero exit although every test passed',
      { ending: exited(1) },
      'failed',
      /exited with code 1: every test passed/,
    ],
    [
      'a failed load',
      { account: silent, counts: none, ending: exited(1), died: { name: 'SyntaxError', message: 'x' } },
      'failed',
      /could not be loaded/,
    ],
    [
      'an early exit without a word',
      { account: silent, counts: none, ending: exited(3) },
      'failed',
      /exited with code 3 before it declared a test/,
    ],
    ['T5: a process was left', { leaked: ['sleep (12)'] }, 'leaked', /left 1 process running: sleep \(12\)/],
    ['F3: every test skipped', { counts: { ...none, skipped: 2 } }, 'skipped', null],
  ];
  for (const [title, seen, verdict, reason] of cases) {
    it(title, () => {
      const found = judge({ ...passed, ...seen });
      assert.equal(found.verdict, verdict);
      if (reason === null) assert.equal(found.reason, null);
      else assert.match(found.reason ?? '', reason);
    });
  }
});
