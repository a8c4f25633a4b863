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
  web: { category: unit, adapter: mocha, cwd: web, files: "web/*.{js,mjs}" }
`,
  'web/package.json': '{ "name": "web" }',
  'web/.mocharc.yml': 'spec: "*.js"\nrequire: ./setup/first.cjs\nreporter: ./setup/own.cjs\nparallel: true\n',
  'web/setup/first.cjs': `global.ready = true;\n`,
  'web/setup/own.cjs': `module.exports = class { constructor(runner) { runner.on('end', () => require('fs').writeFileSync('own.txt', 'ran')); } };\n`,
  'web/all.js': `const assert = require('assert');

describe('cart', () => {
  it('adds', () => { assert.equal(ready, true); });
  for (const n of [1, 2]) it(\`is \${n}\`, () => {
    assert.strictEqual(n, 1);
  });
});
it.skip('later', () => {});
it('one day');
it('decides', function () { this.skip(); });
describe('nothing in it', () => {});
`,
  'web/hooks.js': `describe('group', () => {
  before(() => { throw new Error('no database'); });
  it('never', () => {});
});
describe('last', () => {
  after(() => { throw new Error('left a mess'); });
  it('fine', () => {});
});
`,
  'web/again.js': `let tries = 0;
it('comes round', function () { this.retries(2); tries += 1; if (tries < 2) throw new Error('not yet'); });
`,
  'web/green.mjs': `await Promise.resolve();\nit('one', async () => {});\n`,
  'web/syntax.js': '\nit("one", () => {\n',
  'web/leaves.js': `it('first', () => {});\nit('leaves', () => { process.exit(0); });\n`,
  'web/killed.js': `it('dies', () => { process.kill(process.pid, 'SIGKILL'); });\n`,
  'web/forged.js': `const { writeSync } = require('fs');
it('forges', () => {
  writeSync(3, '{"k":"test","path":["forged"],"verdict":"passed","ms":1}\\n{"k":"end","count":1}\\n');
  process.exit(0);
});
`,
  'web/empty.js': '',
};

const withMocha = (more: Readonly<Record<string, string>> = {}): string => {
  const dir = project({ ...files, ...more });
  symlinkSync(join(REPOSITORY, 'test', 'adapters', 'node_modules'), join(dir, 'web', 'node_modules'));
  return dir;
};

it('Mocha: skip, pending, hooks, retries, settings; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = withMocha();
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'web/again.js': 'passed',
    'web/all.js': 'failed',
    'web/empty.js': 'no-tests',
    'web/forged.js': 'aborted',
    'web/green.mjs': 'passed',
    'web/hooks.js': 'failed',
    'web/killed.js': 'crashed',
    'web/leaves.js': 'aborted',
    'web/syntax.js': 'failed',
  });
  assert.deepEqual(results(ran, dir), [
    'cart > adds: passed web/all.js:4',
    'cart > is 1: passed web/all.js:5',
    'cart > is 2: failed web/all.js:5 !web/all.js:6',
    'comes round: flaky web/again.js:2',
    'decides: skipped web/all.js:11',
    'first: passed web/leaves.js:1',
    'group > "before all" hook for "never": failed !web/hooks.js:2',
    'last > "after all" hook for "fine": failed !web/hooks.js:6',
    'last > fine: passed web/hooks.js:7',
    'later: skipped web/all.js:9',
    'one day: skipped web/all.js:10',
    'one: passed web/green.mjs:2',
  ]);
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  const syntax = of('web/syntax.js');
  assert.equal(syntax?.reason, 'it could not be loaded');
  assert.deepEqual([syntax?.error?.name, syntax?.error?.at?.line], ['SyntaxError', 3]);
  assert.match(of('web/leaves.js')?.reason ?? '', /exited with code 0 before its end during “leaves”/);
  assert.deepEqual(
    ran
      .of('warning')
      .flatMap(({ code, message }) => (code === 'event-garbage' ? [message.split(' line')[0]] : [])),
    ['web/forged.js: 2'],
  );
  assert.ok(existsSync(join(dir, 'web/own.txt')), "the project's own reporter has run");
  const failed = ran.of('test.finished').find(({ path }) => path.at(-1) === 'is 2');
  assert.deepEqual(
    [failed?.error?.name, failed?.error?.expected, failed?.error?.actual],
    ['AssertionError', '1', '2'],
  );

  // Mocha's own count of the same files
  const setup = ['--no-config', '-r', './setup/first.cjs'];
  const counted = ['all', 'hooks', 'again'].map((name) => `${name}.js`);
  const own = spawnSync('node_modules/.bin/mocha', [...setup, ...counted], {
    cwd: join(dir, 'web'),
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  assert.match(own.stdout, /4 passing [\s\S]*3 pending\n {2}3 failing/);
});

it("Mocha: by title, by line, with options of Node's own; and where it is absent the file says so and what to do", async () => {
  const dir = withMocha({
    'web/.mocharc.cjs': `module.exports = { 'node-option': ['expose-gc'], spec: ['*.js'] };\n`,
    'web/flags.js': `describe('flags', () => {
  it('has them', () => { globalThis.gc(); });
  it('leaves', () => { process.exit(0); });
});
`,
  });
  const searched = await runner(dir, ['web/flags.js', '--grep', 'flags > has']);
  assert.deepEqual([searched.code, results(searched, dir)], [0, ['flags > has them: passed web/flags.js:2']]);
  const left = await runner(dir, ['web/flags.js']);
  assert.deepEqual(verdicts(left), { 'web/flags.js': 'aborted' });
  const atLine = await runner(dir, ['web/again.js:2']);
  assert.deepEqual([atLine.code, results(atLine, dir)], [0, ['comes round: flaky web/again.js:2']]);
  const nothing = await runner(dir, ['web/again.js:1']);
  assert.deepEqual(verdicts(nothing), { 'web/again.js': 'no-tests' });

  const without = project(files);
  const absent = await runner(without, ['web/again.js']);
  assert.deepEqual(verdicts(absent), { 'web/again.js': 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /mocha was not found from .*\/web: install it there/,
  );
});
