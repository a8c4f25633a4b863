import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below, expectConfig, loadText, mistakesIn, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();

test('locks are exclusive where nothing else is said; slots, conflicts and limits are taken as written', () => {
  const { suites, categories, services } = expectConfig(
    loadText(
      folder,
      below(
        'services: { p: { kind: postgres, limit: 2 }, r: redis }',
        'categories: { unit: {}, e2e: { conflicts: unit } }',
        'suites:',
        '  one: { category: unit, files: a, locks: db, slots: 4 }',
        '  list: { category: unit, files: b, locks: [db, port-8080, db] }',
        '  modes: { category: unit, files: c, locks: { db: shared, disk: exclusive } }',
        '  none: { category: e2e, files: d }',
      ),
    ),
  );
  const exclusive = (name: string) => ({ name, mode: 'exclusive' });
  assert.deepEqual(
    [...suites.values()].map(({ locks, slots }) => [locks, slots]),
    [
      [[exclusive('db')], 4],
      [[exclusive('db'), exclusive('port-8080')], 1],
      [[{ name: 'db', mode: 'shared' }, exclusive('disk')], 1],
      [[], 1],
    ],
  );
  assert.deepEqual(
    [...categories.values()].map(({ conflicts }) => conflicts),
    [[], ['unit']],
  );
  assert.deepEqual(
    [...services.values()].map(({ limit }) => limit),
    [2, null],
  );
});

test('F21 what can not be is refused where it stands', () => {
  assert.deepEqual(
    mistakesIn(
      folder,
      below(
        'services: { p: { kind: postgres, limit: 0 } }',
        'categories: { unit: { conflicts: [unit, e2ee] }, e2e: {} }',
        'suites:',
        '  a: { category: unit, files: a, slots: 0 }',
        '  b: { category: unit, files: b, locks: { db: share } }',
        '  c: { category: unit, files: c, locks: "no name" }',
      ),
    ),
    [
      '2:41+1 invalid "limit": 0 | expected a whole number of at least 1',
      '3:35+4 category "unit" conflicts with itself | slots and locks are for its files',
      '3:41+4 unknown category "e2ee" | did you mean "e2e"?',
      '5:41+1 invalid "slots": 0 | expected a whole number of at least 1',
      '6:47+5 unknown db "share" | did you mean "shared"?',
      '7:41+9 invalid "locks": "no name" | expected a name: letters, digits, "_" and "-", a letter first',
    ],
  );
});
