/** The filter of the HTML report: which rows it leaves, in which order, and how the address keeps it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  EVERYTHING,
  type Filter,
  fromHash,
  indexOf,
  select,
  toHash,
} from '../../src/reporters/html/client/filter.ts';
import { reportData } from '../../src/reporters/html/index.ts';
import { readRun } from '../../src/reporters/index.ts';
import { recorded } from '../support/recorded.ts';

const data = reportData(readRun(recorded().path), 'over');
const index = indexOf(data);
const found = (filter: Partial<Filter>): readonly string[] =>
  select(index, { ...EVERYTHING, ...filter }).map((at) => {
    const row = data.rows[at];
    return `${data.files[row?.f ?? -1]?.file} ${row?.p.join() ?? ''}`.trim();
  });

describe('the filter', () => {
  it('leaves what holds every word, in the title or the file, whatever the case', () => {
    assert.deepEqual(found({ text: 'RED bad' }), ['a/red.test.ts bad']);
    assert.deepEqual(found({ text: 'b/l  ' }), [
      'b/left.test.ts',
      'b/left.test.ts first',
      'b/leak.test.ts',
      'b/leak.test.ts fine',
    ]);
    assert.deepEqual(found({ text: 'bad green' }), []);
  });

  it('intersects verdict, category, suite and service; several verdicts add up', () => {
    assert.deepEqual(found({ verdicts: ['skipped', 'not-run'] }), [
      'a/green.test.ts later',
      'b/idea.test.ts some day',
      'b/never.test.ts',
    ]);
    assert.deepEqual(found({ verdicts: ['failed'], category: 'unit' }), ['a/red.test.ts bad']);
    assert.deepEqual(found({ verdicts: ['passed'], service: 'shop' }), [
      'b/slow.test.ts quick',
      'b/left.test.ts first',
      'b/leak.test.ts fine',
    ]);
    assert.deepEqual(found({ suite: 'a', service: 'shop' }), []);
  });

  it('sorts by time and by name, the same each time', () => {
    assert.equal(found({ sort: 'slowest' })[0], 'b/slow.test.ts');
    assert.deepEqual(found({ suite: 'a', sort: 'name' }), [
      'a/red.test.ts bad',
      'a/red.test.ts good',
      'a/green.test.ts later',
      'a/green.test.ts one',
      'a/green.test.ts two',
    ]);
  });

  it('the address gives back exactly what was put into it', () => {
    const filter: Filter = {
      text: 'a=b&c #1 %',
      verdicts: ['failed', 'flaky'],
      category: 'unit',
      suite: 'ü',
      service: '',
      sort: 'slowest',
    };
    assert.deepEqual(fromHash(`#${toHash(filter, 7)}`), { filter, test: 7 });
    assert.equal(toHash(EVERYTHING, null), '');
    assert.deepEqual(fromHash(''), { filter: EVERYTHING, test: null });
    assert.equal(fromHash('#failures'), null);
    assert.deepEqual(fromHash('#verdict=green&sort=up&test=x&q='), { filter: EVERYTHING, test: null });
  });
});
