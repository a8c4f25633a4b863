import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, REPOSITORY, registry, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";

/** A project that finds this repository's dependencies, so that real packages can be imported. */
function projectWithDependencies(files: Readonly<Record<string, string>>): string {
  const dir = project({
    'runner.config.yaml': registry('ignore: node_modules/**'),
    'package.json': '{ "type": "module" }',
    ...files,
  });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

describe('bundling is invisible', () => {
  it('a module sees its own place: import.meta.url, dirname and filename, and the files beside it', async () => {
    const dir = projectWithDependencies({
      'deep/a.test.ts': `${header}import { readFileSync } from 'node:fs';
import { place } from './lib/place.ts';
import data from './data.json' with { type: 'json' };
test('own place', () => {
  assert.equal(import.meta.url, 'file://' + process.cwd() + '/deep/a.test.ts');
  assert.equal(import.meta.dirname, process.cwd() + '/deep');
  assert.equal(import.meta.filename, process.cwd() + '/deep/a.test.ts');
  assert.equal(place, 'file://' + process.cwd() + '/deep/lib/place.ts');
  assert.equal(readFileSync(new URL('./data.json', import.meta.url), 'utf8'), '{"a":1}');
  assert.deepEqual(data, { a: 1 });
});`,
      'deep/lib/place.ts': 'export const place: string = import.meta.url;',
      'deep/data.json': '{"a":1}',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(
      ran.of('file.started').map(({ bundled }) => bundled),
      [true],
    );
  });

  it('CommonJS keeps __dirname, __filename, require and JSON', async () => {
    const dir = projectWithDependencies({
      'package.json': '{}',
      'a.test.cjs': `const { test } = require('node:test'); const assert = require('node:assert/strict');
const { where } = require('./lib.cjs'); const data = require('./data.json');
test('own place', () => {
  assert.equal(__filename, process.cwd() + '/a.test.cjs');
  assert.equal(where, process.cwd());
  assert.deepEqual(data, { b: 2 });
});`,
      'lib.cjs': 'module.exports = { where: __dirname };',
      'data.json': '{"b":2}',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(
      ran.of('file.started').map(({ bundled }) => bundled),
      [true],
    );
  });

  it('real dependencies work, native addons too, and state is shared between importers', async () => {
    const dir = projectWithDependencies({
      'a.test.ts': `${header}import { hash, verify } from '@node-rs/argon2';
import pg from 'pg';
import { Redis } from 'ioredis';
import YAML from 'yaml';
import { count, next } from './state.ts';
import { nextToo } from './also.ts';
test('native', async () => { assert.equal(await verify(await hash('pw', { memoryCost: 1024 }), 'pw'), true); });
test('pure', () => { assert.equal(typeof pg.Client, 'function'); assert.equal(typeof Redis, 'function'); assert.deepEqual(YAML.parse('a: 1'), { a: 1 }); });
test('pg loads nothing to learn that it is not a Worker', () => {
  assert.equal(process.moduleLoadList.some((name) => /undici\\/undici$/.test(name)), false);
});
test('one copy of a module', () => { next(); nextToo(); assert.equal(count(), 2); });`,
      'state.ts': 'let n = 0; export const next = (): number => ++n; export const count = (): number => n;',
      'also.ts': "import { next } from './state.ts'; export const nextToo = next;",
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(
      ran.of('file.started').map(({ bundled }) => bundled),
      [true],
    );
  });

  it('a stack trace points at the TypeScript line, in the test and in what it calls', async () => {
    const dir = projectWithDependencies({
      'a.test.ts': `${header}import { price } from './price.ts';\n\n\ntest('deep', () => {\n  price(-1);\n});`,
      'price.ts':
        'type Money = number;\n\nexport function price(of: Money): Money {\n  if (of < 0) throw new RangeError(`negative: ${of}`);\n  return of;\n}\n',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    const error = ran.of('test.finished')[0]?.error;
    assert.deepEqual([error?.at?.file, error?.at?.line], [join(dir, 'price.ts'), 4]);
    assert.match(error?.stack ?? '', /a\.test\.ts:7:3/);
    assert.match(ran.stdout, /at price\.ts:4/);
  });

  it('what replaces modules, loads computed names or looks at its own path runs unbundled, and the run says so', async () => {
    const dir = projectWithDependencies({
      'computed.test.mjs': `${header}test('x', async () => { const name = './lib' + '.mjs'; assert.equal((await import(name)).value, 7); });`,
      'cache.test.cjs': `const { test } = require('node:test'); const assert = require('node:assert/strict');
require.cache[require.resolve('./lib.cjs')] = { id: 'x', filename: 'x', loaded: true, exports: { value: 'replaced' } };
test('replaced', () => assert.equal(require('./lib.cjs').value, 'replaced'));`,
      'argv.test.mjs': `${header}test('own path', () => assert.equal(process.argv[1], process.cwd() + '/argv.test.mjs'));`,
      'helped.test.ts': `${header}import { load } from './loader.ts';\ntest('by a helper', async () => assert.equal(await load('./lib.mjs'), 7));`,
      'loader.ts':
        'export const load = async (name: string): Promise<unknown> => (await import(name)).value;',
      'lib.mjs': 'export const value = 7;',
      'lib.cjs': "exports.value = 'real';",
      // What is only talked of, import() or require(), is not done.
      'plain.test.mjs': `${header}// neither import() nor require()\ntest('y', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout);
    const bundled = Object.fromEntries(ran.of('file.started').map((event) => [event.file, event.bundled]));
    assert.deepEqual(bundled, {
      'argv.test.mjs': false,
      'cache.test.cjs': false,
      'computed.test.mjs': false,
      'helped.test.ts': false,
      'plain.test.mjs': true,
    });
    assert.match(
      ran.stdout,
      /computed\.test\.mjs runs unbundled: it imports a module whose name is computed/,
    );
    assert.match(ran.stdout, /cache\.test\.cjs runs unbundled: it uses the module loader directly/);
    assert.match(
      ran.stdout,
      /helped\.test\.ts runs unbundled: imports a module whose name is computed \(in loader\.ts\)/,
    );
  });

  it('bundle: off runs every file as it is; bundle: on refuses a file that can not be bundled', async () => {
    const files = { 'a.test.ts': `${header}const n: number = 1;\ntest('x', () => assert.equal(n, 1));` };
    const off = projectWithDependencies({
      ...files,
      'runner.config.yaml': registry('defaults: { bundle: off }'),
    });
    const plain = await runner(off, []);
    assert.equal(plain.code, 0, plain.stdout);
    assert.deepEqual(
      plain.of('file.started').map(({ bundled }) => bundled),
      [false],
    );

    const on = projectWithDependencies({
      'runner.config.yaml': registry('defaults: { bundle: on }'),
      'a.test.mjs': `${header}test('x', () => assert.ok(process.argv[1]));`,
    });
    const refused = await runner(on, []);
    assert.equal(refused.code, 4);
    assert.deepEqual(verdicts(refused), { 'a.test.mjs': 'not-run' });
    assert.match(
      refused.stdout,
      /a\.test\.mjs can't be bundled: it looks at the path that it was started by/,
    );
  });

  it('T14: a path with blanks and Unicode, reached through a link, is no different', async () => {
    const dir = project({
      'spaß & co/runner.config.yaml': registry('ignore: node_modules/**'),
      'spaß & co/tëst file.test.ts': `${header}import { name } from './hëlper.ts';\ntest('x', () => assert.equal(name, 'ü'));`,
      'spaß & co/hëlper.ts': "export const name: string = 'ü';",
      'spaß & co/computed.test.mjs': `${header}test('x', async () => { const n = './lib' + '.mjs'; await import(n); });`,
      'spaß & co/lib.mjs': '',
    });
    symlinkSync(join(dir, 'spaß & co'), join(dir, 'link'));
    for (const ran of [
      await runner(join(dir, 'spaß & co'), []),
      await runner(dir, ['--config', join(dir, 'link', 'runner.config.yaml')]),
    ]) {
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.equal(ran.lastLine, '2 passed, 0 failed');
      assert.match(ran.stdout, /computed\.test\.mjs runs unbundled/);
    }
  });

  it('a file that forks another TypeScript file runs unbundled, so that the loader is inherited', async () => {
    const dir = projectWithDependencies({
      'a.test.ts': `${header}import { fork } from 'node:child_process';
import { once } from 'node:events';
test('forks', async () => {
  const child = fork(new URL('./child.ts', import.meta.url));
  const [message] = await once(child, 'message');
  assert.deepEqual(message, { typed: 7 });
  await once(child, 'exit');
});`,
      'child.ts':
        "import { test } from 'node:test';\nconst typed: number = 7;\ntest('inner', () => {});\nprocess.send?.({ typed });\nprocess.disconnect();",
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(ran.stdout, /it starts modules of its own in threads or processes/);
    assert.deepEqual(
      ran.of('test.finished').map(({ path }) => path),
      [['forks']],
    );
  });
});
