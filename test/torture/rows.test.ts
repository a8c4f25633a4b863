import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { attemptId, fileId, type RunnerEvent, runId, type TestVerdict } from '../../src/events/index.ts';
import { REPOSITORY } from '../support/cli.ts';
import { resultsOf, unknownRows } from './results.ts';
import { ROWS, type Row } from './rows.ts';
import { rowsNamed } from './titles.ts';

it('every failure mode has a test that names it, and no title names one that there is not', async () => {
  const named = new Set([...(await rowsNamed()).values()].flat());
  const known = new Set<string>(ROWS.map(({ id }) => id));
  assert.deepEqual(
    [...known].filter((id) => !named.has(id)),
    [],
    'rows without a test',
  );
  assert.deepEqual(
    [...named].filter((id) => !known.has(id)),
    [],
    'titles that name no row',
  );
  assert.equal(known.size, ROWS.length);
  const page = readFileSync(join(REPOSITORY, 'docs', 'failure-modes.md'), 'utf8');
  for (const { id, rule } of ROWS)
    assert.ok(page.includes(`| [${id}](#${id.toLowerCase()}) |`) && page.includes(rule), id);
});

it('a row is as its worst test, the last attempt counts, and a row without a test is no pass', () => {
  const row = (id: Row['id']): Row => ({ id, wrong: '', rule: '' });
  const run = runId(new Date('2026-11-22T12:04:12Z'), '7c1f');
  const base = { v: 1, seq: 1, t: 1, runId: run } as const;
  const attempt = (number: number, tests: readonly (readonly [string, TestVerdict])[]): RunnerEvent[] => {
    const id = attemptId(run, 1, number);
    return [
      {
        ...base,
        kind: 'file.started',
        file: fileId('a.test.ts'),
        attempt: id,
        number,
        worker: 1,
        pid: 1,
        bundled: true,
      },
      ...tests.map(
        ([title, verdict]): RunnerEvent => ({
          ...base,
          kind: 'test.finished',
          attempt: id,
          path: ['F2: group', title],
          verdict,
          ms: 1,
          at: null,
          error: null,
          reason: null,
          logs: [],
        }),
      ),
    ];
  };
  const events = [
    ...attempt(1, [
      ['T1 one', 'passed'],
      ['T2 two', 'failed'],
      ['T3, T4: both', 'failed'],
      ['F99 what', 'passed'],
    ]),
    ...attempt(2, [
      ['T2 two', 'flaky'],
      ['T3, T4: both', 'passed'],
    ]),
  ];
  const rows = [row('T1'), row('T2'), row('T3'), row('T4'), row('T10'), row('F2')];
  assert.deepEqual(
    resultsOf(events, rows).map(({ row: { id }, tests, result }) => [id, tests.length, result]),
    [
      ['T1', 1, 'passed'],
      ['T2', 1, 'red'],
      ['T3', 1, 'passed'],
      ['T4', 1, 'passed'],
      ['T10', 0, 'no test'],
      ['F2', 4, 'red'],
    ],
  );
  assert.deepEqual(unknownRows(events, rows), ['F99']);
});
