import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { cleanEnvironment, project, REPOSITORY, runner, verdicts } from '../support/cli.ts';
import { results } from './results.ts';

const files = {
  'runner.config.yaml': `version: 1
suites:
  web: { category: unit, adapter: vitest, cwd: web, files: "web/**/*.test.ts" }
`,
  'web/package.json': '{ "type": "module" }',
  'web/vitest.config.ts': `import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { globals: true, reporters: [['json', { outputFile: 'own.json' }]] } });
`,
  'web/all.test.ts': `import { describe, expect, it } from 'vitest';

interface Sum { readonly value: number }

describe('cart', () => {
  it('adds', () => { const sum: Sum = { value: 2 }; expect(sum.value).toBe(2); });
  it.each([1, 2])('is %i', (n) => {
    expect(n).toBe(1);
  });
});
it.skip('later', () => {});
it.todo('one day');
it.fails('is known to fail', () => { expect(1).toBe(2); });
`,
  'web/hooks.test.ts': `import { beforeAll, describe, it } from 'vitest';
describe('group', () => {
  beforeAll(() => { throw new Error('no database'); });
  it('never', () => {});
});
it('beside', () => {});
`,
  'web/green.test.ts': `await Promise.resolve();\ntest('one', () => {});\n`,
  'web/syntax.test.ts': 'test("one", () => {\n',
  'web/leaves.test.ts': `test('first', () => {});\ntest('leaves', () => { process.exit(0); });\ntest('never', () => {});\n`,
  'web/killed.test.ts': `test('dies', () => { process.kill(process.pid, 'SIGKILL'); });\n`,
  'web/empty.test.ts': '',
};

const withVitest = (): string => {
  const dir = project(files);
  symlinkSync(join(REPOSITORY, 'test', 'adapters', 'node_modules'), join(dir, 'web', 'node_modules'));
  return dir;
};

it('Vitest: each, skip, todo, hooks, globals; F17, T1, T2: a file fails alone and by its own end', async () => {
  const dir = withVitest();
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(results(ran, dir), [
    'beside: passed web/hooks.test.ts:6',
    'cart > adds: passed web/all.test.ts:6',
    'cart > is 1: passed web/all.test.ts:7',
    'cart > is 2: failed web/all.test.ts:7 !web/all.test.ts:8',
    'first: passed web/leaves.test.ts:1',
    'group > never: skipped web/hooks.test.ts:4',
    'group: failed !web/hooks.test.ts:3',
    'is known to fail: passed web/all.test.ts:13',
    'later: skipped web/all.test.ts:11',
    'leaves: failed web/leaves.test.ts:2 !web/leaves.test.ts:2',
    'never: passed web/leaves.test.ts:3',
    'one day: todo web/all.test.ts:12',
    'one: passed web/green.test.ts:2',
    'unhandled error: failed !',
  ]);
  assert.deepEqual(verdicts(ran), {
    'web/all.test.ts': 'failed',
    'web/empty.test.ts': 'no-tests',
    'web/green.test.ts': 'passed',
    'web/hooks.test.ts': 'failed',
    'web/killed.test.ts': 'aborted',
    'web/leaves.test.ts': 'failed',
    'web/syntax.test.ts': 'failed',
  });
  const syntax = ran.of('attempt.finished').find(({ file }) => file === 'web/syntax.test.ts');
  assert.equal(syntax?.reason, 'it could not be loaded');
  assert.ok(existsSync(join(dir, 'web/own.json')), "the project's own reporter has run as well");
  const failed = ran.of('test.finished').find(({ path }) => path.at(-1) === 'is 2');
  assert.deepEqual(
    [failed?.error?.name, failed?.error?.expected, failed?.error?.actual],
    ['AssertionError', '1', '2'],
  );

  // Vitest's own count of the same file
  const own = spawnSync('node_modules/.bin/vitest', ['run', 'all.test.ts', '--reporter=default'], {
    cwd: join(dir, 'web'),
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  assert.match(own.stdout, /Tests {2}1 failed \| 2 passed \| 1 expected fail \| 1 skipped \| 1 todo \(6\)/);
});

it('Vitest: by title, by line; and where it is absent the file says so and what to do', async () => {
  const dir = withVitest();
  const searched = await runner(dir, ['web/all.test.ts', '--grep', 'cart > adds']);
  assert.deepEqual([searched.code, results(searched, dir)], [0, ['cart > adds: passed web/all.test.ts:6']]);
  const atLine = await runner(dir, ['web/all.test.ts:13']);
  assert.deepEqual([atLine.code, results(atLine, dir)], [0, ['is known to fail: passed web/all.test.ts:13']]);

  const without = project(files);
  const absent = await runner(without, ['web/green.test.ts']);
  assert.deepEqual(verdicts(absent), { 'web/green.test.ts': 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /vitest was not found from .*\/web: install it there/,
  );
});
