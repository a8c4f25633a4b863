import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isNamed, newRunId } from '../../src/events/ids.ts';

it('ids of runs sort as the runs began, to the millisecond, and differ within one', () => {
  const began = Date.UTC(2026, 10, 22, 12, 4, 12);
  const made = Array.from({ length: 2000 }, (_, ms) => newRunId(new Date(began + ms)));
  assert.deepEqual([...made].sort(), made);
  assert.deepEqual(
    made.filter((id) => !/^20261122-12041[23]-[0-9a-f]{8}$/.test(id)),
    [],
  );
});

it('a run is named by its id or an end of it of four characters, never by less', () => {
  const run = '20261122-120412-19c7c1f0';
  assert.deepEqual(
    [run, '19c7c1f0', 'c1f0', '1f0', '', '19c7', '20261122'].map((name) => isNamed(run, name)),
    [true, true, true, false, false, false, false],
  );
});

it('runs that begin in one millisecond have ids of their own: by its id a run finds what it kills', () => {
  const now = new Date(Date.UTC(2026, 10, 22, 12, 4, 12, 999));
  const made = new Set(Array.from({ length: 2000 }, () => newRunId(now)));
  // Of 2,000 among a million two pairs are alike, on average.
  assert.ok(made.size > 1970, `${made.size} of 2000`);
});
