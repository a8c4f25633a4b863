import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below, expectConfig, loadText, mistakesIn, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();

test('a layer has its categories, its order and its bars, sizes and shares with their units', () => {
  const { layers, suites, defaults } = expectConfig(
    loadText(
      folder,
      below(
        'defaults: { memory: 1.5GB }',
        'suites: { a: { category: unit, files: a, memory: 256MiB }, b: { category: e2e, files: b } }',
        'layers:',
        '  fast: { description: first, categories: unit, within: 2m, memory: 512MB, pass: 99.5% }',
        '  late: { categories: [e2e, e2e], after: fast }',
      ),
    ),
  );
  assert.deepEqual(
    [...layers.values()],
    [
      {
        name: 'fast',
        description: 'first',
        categories: ['unit'],
        after: [],
        within: 120_000,
        memory: 512_000_000,
        pass: 99.5,
      },
      {
        name: 'late',
        description: '',
        categories: ['e2e'],
        after: ['fast'],
        within: null,
        memory: null,
        pass: null,
      },
    ],
  );
  assert.deepEqual([defaults.memory, suites.get('a')?.memory], [1_500_000_000, 256 * 2 ** 20]);
});

test('F1 F21 layers name what exists, share no category, and wait for each other in no circle', () => {
  assert.deepEqual(
    mistakesIn(
      folder,
      below(
        'categories: { unit: {}, api: {}, e2e: {} }',
        'suites: { a: { category: unit, files: a, memory: 512 } }',
        'layers:',
        '  fast: { categories: [unit, unti], pass: 101%, memory: 10 bytes }',
        '  late: { categories: [api, unit], after: fats }',
        '  none: { categories: [] }',
        'profiles: { ci: { layers: [fast, lat] } }',
      ),
    ),
    [
      '3:50+3 invalid "memory": 512 | expected a size such as 512MB, 1.5GB or 256MiB; did you mean "512MB"?',
      '5:30+4 unknown category "unti" | did you mean "unit"?',
      '5:43+4 invalid "pass": "101%" | expected a share such as 95% or 99.5%',
      '5:57+8 invalid "memory": "10 bytes" | expected a size such as 512MB, 1.5GB or 256MiB',
      '6:29+4 category "unit" is in layer "fast" already | expected one layer at most',
      '6:43+4 unknown layer "fats" | did you mean "fast"?',
      '7:23+2 invalid "categories": a list | expected at least one category',
      '8:34+3 unknown layer "lat" | did you mean "late"?',
    ],
  );
  const circle = below(
    'suites: { s: { category: x, files: a }, t: { category: y, files: b } }',
    'layers:',
    '  a: { categories: x, after: b }',
    '  b: { categories: y, after: a }',
  );
  assert.deepEqual(mistakesIn(folder, circle), [
    '4:30+1 layers wait for each other in a circle: a → b → a | expected no circle',
  ]);
  const contradiction = below(
    'categories: { unit: { after: api }, api: {} }',
    'suites: { s: { category: unit, files: a } }',
    'layers:',
    '  fast: { categories: unit }',
    '  late: { categories: api, after: fast }',
  );
  assert.deepEqual(mistakesIn(folder, contradiction), [
    '6:35+4 the order of the layers contradicts that of categories: unit → api → unit | expected no circle',
  ]);
});
