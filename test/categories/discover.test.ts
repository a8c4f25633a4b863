import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Discovery, discoverFiles } from '../../src/categories/index.ts';
import { below, temporaryFolder, writeFiles } from '../config/registry.ts';
import { loadProject, sampleProject } from './fixture.ts';

const folder = temporaryFolder();
let count = 0;

/** Writes the registry and empty files into a folder of their own. */
async function discover(
  registry: string,
  files: readonly string[],
  prepare: (root: string) => void = () => {},
): Promise<Discovery> {
  count += 1;
  const root = join(folder, `project-${count}`);
  mkdirSync(root);
  writeFiles(root, {
    'runner.config.yaml': registry,
    ...Object.fromEntries(files.map((name) => [name, ''])),
  });
  prepare(root);
  return discoverFiles(loadProject(root));
}

const ids = ({ claimed }: Discovery): string[] => claimed.map(({ id, suite }) => `${suite} ${id}`);

test('files come in the order of their code units, each with its suite and its absolute path', async () => {
  const { root, discovery } = await sampleProject();
  assert.deepEqual(ids(discovery), [
    'auth suites/auth/deep/refresh.test.ts',
    'auth suites/auth/jwt.test.ts',
    'database suites/database/deadlock.test.ts',
    'journeys suites/journeys/sign-in.test.ts',
    'pure suites/pure/parse.test.ts',
    'events test/events/ids.test.ts',
    'events test/events/log.test.ts',
  ]);
  assert.equal(discovery.claimed[1]?.path, join(root, 'suites/auth/jwt.test.ts'));
  assert.deepEqual(discovery.conflicts, []);
  assert.deepEqual(discovery.emptySuites, []);
  assert.deepEqual(
    discovery.orphans,
    ['suites/database/slow/vacuum.test.ts'],
    'what a "!" excludes is claimed by nobody',
  );
});

test('F6: what looks like a test, is claimed by no suite and not ignored, is an orphan', async () => {
  const tests = [
    'a.test.js',
    'b.spec.mjs',
    'c.test.cjs',
    'd.spec.jsx',
    'e.test.ts',
    'f.spec.mts',
    'g.test.cts',
    'h.spec.tsx',
    'py/test_i.py',
    'py/j_test.py',
    'go/k_test.go',
  ];
  const others = [
    'latest.ts',
    'test.ts',
    'a.test.json',
    'py/tests.py',
    'contest_x.py',
    'mine/claimed.test.ts',
    'skip/ignored.test.ts',
    'node_modules/x/a.test.js',
    'sub/node_modules/x/b.test.js',
    'dist/c.test.js',
    'sub/dist/d.test.js',
    '.runner/e.test.js',
    '.git/f.test.js',
  ];
  const found = await discover(
    below('ignore: skip/**', 'suites: { mine: { category: unit, files: mine/*.test.ts } }'),
    [...tests, ...others],
  );
  assert.deepEqual(found.orphans, [...tests].sort());
  assert.deepEqual(ids(found), ['mine mine/claimed.test.ts']);
});

test('F6: a file that two suites claim is a mistake that points at the globs of the second', async () => {
  const found = await discover(
    below(
      'suites:',
      '  one: { category: unit, files: a/*.test.ts }',
      '  two: { category: unit, files: "**/x.test.ts" }',
      '  all: { category: unit, files: "**/*.test.ts" }',
    ),
    ['a/x.test.ts', 'a/y.test.ts', 'b/x.test.ts'],
  );
  assert.deepEqual(
    found.conflicts.map(({ message, hint, line, column, length }) => ({
      message,
      hint,
      line,
      column,
      length,
    })),
    [
      {
        message: 'a/x.test.ts is claimed by suites "one" and "two"',
        hint: 'exclude it from one of them: "!a/x.test.ts"',
        line: 4,
        column: 33,
        length: 14,
      },
      {
        message: '2 files are claimed by suites "one" and "all"',
        hint: 'exclude them from one of the two, "!a/x.test.ts" first',
        line: 5,
        column: 33,
        length: 14,
      },
      {
        message: 'b/x.test.ts is claimed by suites "two" and "all"',
        hint: 'exclude it from one of them: "!b/x.test.ts"',
        line: 5,
        column: 33,
        length: 14,
      },
    ],
  );
  assert.match(found.conflicts[0]?.frame ?? '', /> 4 │ {3}two: .*\n {4}│ +\^{14}$/);
  assert.deepEqual(ids(found), ['one a/x.test.ts', 'one a/y.test.ts', 'two b/x.test.ts'], 'each file once');
});

test('a suite that matches nothing is told; build output counts only where its folder is named', async () => {
  const found = await discover(
    below(
      'suites:',
      '  none: { category: unit, files: [nothing/**, "!x"] }',
      '  built: { category: unit, files: dist/**/*.test.js }',
      '  wide: { category: unit, files: "**/*.test.js" }',
    ),
    ['dist/a.test.js', 'src/b.test.js', 'node_modules/c.test.js'],
  );
  assert.deepEqual(found.emptySuites, [{ suite: 'none', globs: ['nothing/**', '!x'] }]);
  assert.deepEqual(ids(found), ['built dist/a.test.js', 'wide src/b.test.js']);
});

test('names with spaces and Unicode, folders named like tests, linked folders', async () => {
  const found = await discover(
    below('suites: { all: { category: unit, files: "**/*.test.ts" } }'),
    ['über uns/größe é.test.ts', 'real/a.test.ts', 'folder.test.ts/inner.test.ts', 'sub/[id].test.ts'],
    (root) => symlinkSync(join(root, 'real'), join(root, 'linked')),
  );
  assert.deepEqual(ids(found), [
    'all folder.test.ts/inner.test.ts',
    'all real/a.test.ts',
    'all sub/[id].test.ts',
    'all über uns/größe é.test.ts',
  ]);
});
