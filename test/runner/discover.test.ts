import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { discover } from '../../src/runner/adapters/node/discover.ts';
import { narrow } from '../../src/runner/adapters/node/pattern.ts';
import { project } from '../support/cli.ts';

const found = async (source: string, name = 'a.test.ts') => discover(join(project({ [name]: source }), name));

describe('tests read from the source', () => {
  it('finds tests, suites and subtests with their lines, in TypeScript', async () => {
    const { tests, dynamic } = await found(`import { describe, it, test } from 'node:test';
interface Shape { readonly a: number }

describe('outer', () => {
  it('one', () => {});
  describe('inner', () => {
    it('two', async () => {
      const x: Shape = { a: 1 };
    });
  });
});
test('parent', async (t) => {
  await t.test('child', () => {});
});
`);
    assert.equal(dynamic, false);
    assert.deepEqual(
      tests.map(({ path, line, endLine }) => [path.join(' > '), line, endLine]),
      [
        ['outer > one', 5, 5],
        ['outer > inner > two', 7, 9],
        ['parent', 12, 14],
        ['parent > child', 13, 13],
      ],
    );
  });

  it('follows renamed imports, default imports, modifiers and CommonJS', async () => {
    const esm = await found(`import check, { suite as group } from 'node:test';
group('g', () => { check.skip('later', () => {}); check('now', () => {}); });`);
    assert.deepEqual(
      esm.tests.map(({ path }) => path.join(' > ')),
      ['g > later', 'g > now'],
    );
    const cjs = await found(`const { test: t } = require('node:test');\nt('x', () => {});`, 'a.test.cjs');
    assert.deepEqual(
      cjs.tests.map(({ path }) => path),
      [['x']],
    );
  });

  it('counts nothing that is not a test of node:test', async () => {
    const { tests, dynamic } = await found(
      `const test = (name: string) => name;\ntest('no');\n/x/.test('y');`,
    );
    assert.deepEqual(tests, []);
    assert.equal(dynamic, false);
  });

  it('says that only a run can tell: loops, helpers and computed titles', async () => {
    for (const source of [
      "import { test } from 'node:test';\nfor (const n of [1, 2]) test('x', () => {});",
      "import { test } from 'node:test';\nconst make = () => test('x', () => {});",
      "import { test } from 'node:test';\ntest(`case ${Math.PI}`, () => {});",
      'this is no source',
    ]) {
      assert.equal((await found(source)).dynamic, true, source);
    }
  });
});

describe('a line or an expression becomes a pattern', () => {
  const source = `import { describe, it } from 'node:test';
describe('auth', () => {
  it('accepts (a) token?', () => {
  });
  it('refuses', () => {});
});
`;
  it('a line inside a test means that test, escaped', async () => {
    const { patterns, tests } = narrow(await found(source), { lines: [4], grep: null });
    assert.deepEqual(patterns, ['/(?:^| )accepts \\(a\\) token\\?$/']);
    assert.equal(tests.length, 1);
  });
  it('the first line of a suite means all its tests', async () => {
    assert.equal(narrow(await found(source), { lines: [2], grep: null }).tests.length, 2);
  });
  it('a line without a test is reported', async () => {
    assert.deepEqual(narrow(await found(source), { lines: [6], grep: null }).emptyLines, [6]);
  });
  it('an expression is held against the full title', async () => {
    const { tests } = narrow(await found(source), { lines: [], grep: '^auth > refuses$' });
    assert.deepEqual(
      tests.map(({ path }) => path),
      [['auth', 'refuses']],
    );
    assert.equal(narrow(await found(source), { lines: [], grep: 'nothing' }).tests.length, 0);
  });
});
