/** The source line of a failure: the mark stands under its column however long the line is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { sourceFrame } from '../../src/reporters/frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'frame-'));
after(() => rmSync(folder, { recursive: true }));

/** What stands above the mark. */
function marked(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => line.trimEnd().endsWith('^'));
  return lines[at - 1]?.slice(lines[at]?.indexOf('^')).slice(0, 6);
}

it('a mark beyond the edge of the screen brings its part of the line with it', () => {
  const file = join(folder, 'long.ts');
  const line = `${'a'.repeat(300)} wrong! ${'b'.repeat(300)}`;
  writeFileSync(file, `first\n${line}\nlast\n`);
  for (const column of [302, 1, 20, 595]) {
    for (const columns of [60, 80, 200]) {
      const frame = sourceFrame({ file, line: 2, column }, columns);
      assert.equal(frame.length, 4, 'the lines before and after, the line, the mark');
      for (const shown of frame) assert.ok(shown.length <= columns, `${shown.length} of ${columns}`);
      assert.equal(marked(frame)?.slice(0, 5), line.slice(column - 1, column + 4), `${column} of ${columns}`);
    }
  }
  assert.equal(marked(sourceFrame({ file, line: 2, column: 302 }, 80)), 'wrong!');
});

it('a source that is gone has no frame', () => {
  assert.deepEqual(sourceFrame({ file: join(folder, 'gone.ts'), line: 1, column: 1 }, 80), []);
});
