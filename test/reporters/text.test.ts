import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { clock, duration, median } from '../../src/reporters/figures.ts';
import { fit, oneLine, safeLines, title, widthOf, wrap } from '../../src/reporters/text.ts';

describe('T20: text that is fit to print', () => {
  it('loses escape sequences and control characters, keeps line breaks visible', () => {
    assert.equal(oneLine('\u001b[31mred\u001b[0m\nnext\u0007\u0000'), 'red⏎next��');
    assert.equal(oneLine('\u001b]0;new title\u0007after'), 'after');
    assert.equal(oneLine('a\u202eb'), 'a�b');
    assert.deepEqual(safeLines('a\tb\r\nc\rd'), ['a  b', 'c', 'd']);
    assert.equal(title(['outer', 'in\nner']), 'outer › in⏎ner');
  });
  it('fits columns, counting wide characters twice', () => {
    assert.equal(fit('abcdef', 4), 'abc…');
    assert.equal(fit('漢字漢字', 5), '漢字…');
    assert.equal(fit('abc', 3), 'abc');
    assert.equal(fit('\u001b[31mabcdef\u001b[39m', 4), 'abc…');
  });
  it('takes as many columns as the terminal gives, whatever the sign', () => {
    const signs = Array.from({ length: 0x10000 - 0x20 }, (_, at) => String.fromCharCode(at + 0x20));
    assert.deepEqual(
      signs.filter((sign) => widthOf(sign) !== stringWidth(sign)),
      [],
    );
    assert.equal(widthOf('\u001b[32m✓\u001b[39m 漢 e\u0301 👩‍💻'), 9);
  });
  it('wraps between words', () => {
    assert.deepEqual(wrap('one two three', 8), ['one two', 'three']);
    assert.deepEqual(wrap('a-very-long-word b', 4), ['a-very-long-word', 'b']);
  });
});

describe('figures', () => {
  it('writes durations the same everywhere', () => {
    assert.deepEqual([0, 99, 100, 9_949, 9_950, 59_949, 59_950, 125_000].map(duration), [
      '0 ms',
      '99 ms',
      '0.10 s',
      '9.95 s',
      '9.9 s',
      '59.9 s',
      '1 m 00 s',
      '2 m 05 s',
    ]);
    assert.equal(clock(67_400), '1:07');
    assert.equal(median([5, 1, 9, 7]), 5);
  });
});
