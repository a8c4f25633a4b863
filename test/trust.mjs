/**
 * Who tests the tester? This file is run by plain `node --test`, before the runner runs its own tests: if the runner
 * could show green for red, nothing that it says of itself afterwards would count. It shares no code with the runner.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../bin/runner.cjs', import.meta.url));
const REGISTRY = `version: 1
name: trust
categories: { unit: { priority: high, description: all } }
suites: { all: { title: All, category: unit, files: "*.test.mjs" } }
`;

/** @returns exit code and last line of `runner <args>` over one file of that text */
function run(text, ...args) {
  const dir = mkdtempSync(join(tmpdir(), 'trust-'));
  try {
    writeFileSync(join(dir, 'runner.config.yaml'), REGISTRY);
    writeFileSync(join(dir, 'a.test.mjs'), text);
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(RUNNER_|NODE_TEST_CONTEXT$)/.test(name)),
    );
    const { status, stdout } = spawnSync(process.execPath, [RUNNER, ...args], {
      cwd: dir,
      env,
      encoding: 'utf8',
    });
    return [status, stdout.trimEnd().split('\n').at(-1)];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const head = "import { test } from 'node:test';\n";

test('green is green', () => {
  assert.deepEqual(run(`${head}test('a', () => {});`), [0, '1 passed, 0 failed']);
});
test('a failing test is red', () => {
  assert.deepEqual(run(`${head}test('a', () => {});\ntest('b', () => { throw new Error('no'); });`), [
    100,
    '1 passed, 1 failed',
  ]);
});
test('a file that leaves half way is red', () => {
  assert.deepEqual(run(`${head}test('a', () => {});\ntest('b', () => process.exit(0));`), [
    100,
    '1 passed, 1 failed',
  ]);
});
test('a file without a test is red', () => {
  assert.deepEqual(run("console.log('fine');"), [100, '0 passed, 1 failed']);
});
test('a mistyped name is no success', () => {
  assert.equal(run(`${head}test('a', () => {});`, '--category', 'unti')[0], 96);
});
test('only skipped tests are no success', () => {
  assert.deepEqual(run(`${head}test.skip('a', () => {});`), [4, '0 passed, 0 failed, 1 skipped']);
});
