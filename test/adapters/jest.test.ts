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
  web: { category: unit, adapter: jest, cwd: web, files: "web/**/*.test.js" }
`,
  'web/package.json': '{ "name": "web" }',
  'web/jest.config.js': `module.exports = { reporters: ['./own.js'], collectCoverage: true, coverageThreshold: { global: { lines: 100 } } };\n`,
  'web/own.js': `module.exports = class { onRunComplete() { require('fs').writeFileSync('own.txt', 'ran'); } };\n`,
  'web/sum.js': 'exports.sum = (a, b) => a + b;\nexports.never = () => 1;\n',
  'web/all.test.js': `const { sum } = require('./sum');

describe('cart', () => {
  it('adds', () => { expect(sum(1, 1)).toBe(2); });
  it.each([1, 2])('is %i', (n) => {
    expect(n).toBe(1);
  });
});
it.skip('later', () => {});
it.todo('one day');
test.failing('is known to fail', () => { expect(1).toBe(2); });
describe('nothing in it', () => {});
`,
  'web/hooks.test.js': `describe('group', () => {
  beforeAll(() => { throw new Error('no database'); });
  it('never', () => {});
});
describe('last', () => {
  afterAll(() => { throw new Error('left a mess'); });
  it('fine', () => {});
});
`,
  'web/again.test.js': `jest.retryTimes(2);
let tries = 0;
it('comes round', () => { tries += 1; expect(tries).toBe(2); });
it('never does', () => { expect(1).toBe(2); });
`,
  'web/green.test.js': `const { test: check } = require('@jest/globals');
check('one', async () => { await Promise.resolve(); });
`,
  'web/syntax.test.js': '\ntest("one", () => {\n',
  'web/leaves.test.js': `const passed = new Promise((resolve) => setImmediate(resolve));
test('first', () => passed);
test('leaves', () => { process.exit(0); });
`,
  'web/killed.test.js': `test('dies', () => { process.kill(process.pid, 'SIGKILL'); });\n`,
  'web/forged.test.js': `const { writeSync } = require('fs');
test('forges', () => {
  writeSync(3, '{"k":"test","path":["forged"],"verdict":"passed","ms":1}\\n{"k":"end","count":1}\\n');
  process.exit(0);
});
`,
  'web/empty.test.js': '',
};

const withJest = (): string => {
  const dir = project(files);
  symlinkSync(join(REPOSITORY, 'test', 'adapters', 'node_modules'), join(dir, 'web', 'node_modules'));
  return dir;
};

it('Jest: each, skip, todo, hooks, retries; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = withJest();
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'web/again.test.js': 'failed',
    'web/all.test.js': 'failed',
    'web/empty.test.js': 'no-tests',
    'web/forged.test.js': 'aborted',
    'web/green.test.js': 'passed',
    'web/hooks.test.js': 'failed',
    'web/killed.test.js': 'crashed',
    'web/leaves.test.js': 'aborted',
    'web/syntax.test.js': 'failed',
  });
  assert.deepEqual(results(ran, dir), [
    'cart > adds: passed web/all.test.js:4',
    'cart > is 1: passed web/all.test.js:5',
    'cart > is 2: failed web/all.test.js:5 !web/all.test.js:6',
    'comes round: flaky web/again.test.js:3',
    'first: passed web/leaves.test.js:2',
    'group > never: failed web/hooks.test.js:3 !web/hooks.test.js:2',
    'hooks.test.js: failed !web/hooks.test.js:6',
    'is known to fail: passed web/all.test.js:11',
    'last > fine: passed web/hooks.test.js:7',
    'later: skipped web/all.test.js:9',
    'never does: failed web/again.test.js:4 !web/again.test.js:4',
    'one day: todo web/all.test.js:10',
    'one: passed web/green.test.js:2',
  ]);
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  const syntax = of('web/syntax.test.js');
  assert.equal(syntax?.reason, 'it could not be loaded');
  assert.deepEqual([syntax?.error?.name, syntax?.error?.at?.line], ['SyntaxError', 3]);
  assert.match(of('web/leaves.test.js')?.reason ?? '', /exited with code 0 before its end during “leaves”/);
  assert.deepEqual(
    ran
      .of('warning')
      .flatMap(({ code, message }) => (code === 'event-garbage' ? [message.split(' line')[0]] : [])),
    ['web/forged.test.js: 2'],
  );
  assert.ok(existsSync(join(dir, 'web/own.txt')), "the project's own reporter has run as well");
  const failed = ran.of('test.finished').find(({ path }) => path.at(-1) === 'is 2');
  assert.deepEqual([failed?.error?.expected, failed?.error?.actual], ['1', '2']);
  assert.match(failed?.error?.message ?? '', /^expect\(received\)\.toBe\(expected\)/);

  // Jest's own count of the same files
  const own = spawnSync(
    'node_modules/.bin/jest',
    ['all.test', 'hooks.test', 'again.test', '--reporters=default', '--coverage=false'],
    {
      cwd: join(dir, 'web'),
      encoding: 'utf8',
      env: cleanEnvironment(),
    },
  );
  assert.match(own.stderr, /Tests: {7}3 failed, 1 skipped, 1 todo, 5 passed, 10 total/);
});

it('Jest: by title, by line; and where it is absent the file says so and what to do', async () => {
  const dir = withJest();
  const searched = await runner(dir, ['web/all.test.js', '--grep', 'cart > adds']);
  assert.deepEqual([searched.code, results(searched, dir)], [0, ['cart > adds: passed web/all.test.js:4']]);
  const atLine = await runner(dir, ['web/all.test.js:5', '--grep', '1']);
  assert.deepEqual([atLine.code, results(atLine, dir)], [0, ['cart > is 1: passed web/all.test.js:5']]);
  const nothing = await runner(dir, ['web/all.test.js:2']);
  assert.deepEqual(verdicts(nothing), { 'web/all.test.js': 'no-tests' });

  const without = project(files);
  const absent = await runner(without, ['web/green.test.js']);
  assert.deepEqual(verdicts(absent), { 'web/green.test.js': 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /jest was not found from .*\/web: install it there/,
  );
});
