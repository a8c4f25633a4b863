import assert from 'node:assert/strict';
import { it } from 'node:test';
import { newRunId } from '../../src/events/ids.ts';

it('ids of runs sort as the runs began, to the millisecond, and differ within one', () => {
  const began = Date.UTC(2026, 10, 22, 12, 4, 12);
  const made = Array.from({ length: 2000 }, (_, ms) => newRunId(new Date(began + ms)));
  assert.deepEqual([...made].sort(), made);
  assert.deepEqual(
    made.filter((id) => !/^20261122-12041[23]-[0-9a-f]{4}$/.test(id)),
    [],
  );
  const sameMillisecond = new Set(Array.from({ length: 2000 }, () => newRunId(new Date(began + 999))));
  assert.equal(sameMillisecond.size, 65);
});
