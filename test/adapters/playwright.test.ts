import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { chromium } from '../browser/chromium.ts';
import { cleanEnvironment, project, REPOSITORY, runner, verdicts } from '../support/cli.ts';
import { results } from './results.ts';

const files = {
  'runner.config.yaml': `version: 1
suites:
  web: { category: e2e, adapter: playwright, cwd: web, files: "web/e2e/**/*.spec.ts" }
`,
  'web/package.json': '{ "name": "web" }',
  'web/playwright.config.ts': `export default {
  testDir: 'e2e',
  reporter: [['list'], ['./own.ts']],
  projects: [{ name: 'first' }, { name: 'second', grep: /both/ }],
};\n`,
  'web/own.ts': `import { writeFileSync } from 'node:fs';
export default class { onEnd() { writeFileSync('own.txt', String(process.env.PW_TEST_REPORTER)); } }\n`,
  'web/e2e/all.spec.ts': `import { expect, test } from '@playwright/test';

test.describe('cart', () => {
  test('adds', () => { expect(1 + 1).toBe(2); });
  for (const n of [1, 2]) test(\`is \${n}\`, () => {
    expect(n).toBe(1);
  });
});
test('in both', async ({}, info) => { await info.attach('seen', { body: 'x' }); });
test.skip('later', () => {});
test('not here', () => { test.skip(true, 'only where there is a screen'); });
test.fixme('broken', () => {});
test('is known to fail', () => { test.fail(); expect(1).toBe(2); });
test('fails no more', () => { test.fail(); });
test.describe('nothing in it', () => {});
`,
  'web/e2e/hooks.spec.ts': `import { test } from '@playwright/test';
test.describe('group', () => {
  test.beforeAll(() => { throw new Error('no database'); });
  test('never', () => {});
});
`,
  'web/e2e/serial.spec.ts': `import { expect, test } from '@playwright/test';
test.describe.configure({ mode: 'serial', retries: 1 });
test('one', () => {});
test('comes round', ({}, info) => { expect(info.retry).toBe(1); });
test('never does', () => { expect(1).toBe(2); });
test('after it', () => {});
`,
  'web/e2e/green.spec.ts': `import { test } from '@playwright/test';
test('one', async () => { await Promise.resolve(); });
`,
  'web/e2e/syntax.spec.ts': `import { test } from '@playwright/test';\ntest('one', () => {\n`,
  'web/e2e/leaves.spec.ts': `import { test } from '@playwright/test';
test('first', () => {});
test('leaves', () => { process.exit(0); });
`,
  'web/e2e/early.spec.ts': 'process.exit(0);\n',
  'web/e2e/killed.spec.ts': `import { test } from '@playwright/test';
test('dies', () => { process.kill(process.ppid, 'SIGKILL'); return new Promise(() => {}); });
`,
  'web/e2e/forged.spec.ts': `import { writeSync } from 'node:fs';
import { test } from '@playwright/test';
try { writeSync(3, '{"k":"test","path":["forged"],"verdict":"passed","ms":1}\\n{"k":"end","count":1}\\n'); } catch {}
test('one', () => { throw new TypeError('no'); });
`,
  'web/e2e/empty.spec.ts': '',
};

const withPlaywright = (more: Readonly<Record<string, string>> = {}): string => {
  const dir = project({ ...files, ...more });
  symlinkSync(join(REPOSITORY, 'test', 'adapters', 'node_modules'), join(dir, 'web', 'node_modules'));
  return dir;
};

it('Playwright: projects, skip, fail, hooks, retries; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = withPlaywright();
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'web/e2e/all.spec.ts': 'failed',
    'web/e2e/early.spec.ts': 'aborted',
    'web/e2e/empty.spec.ts': 'no-tests',
    'web/e2e/forged.spec.ts': 'failed',
    'web/e2e/green.spec.ts': 'passed',
    'web/e2e/hooks.spec.ts': 'failed',
    'web/e2e/killed.spec.ts': 'crashed',
    'web/e2e/leaves.spec.ts': 'failed',
    'web/e2e/serial.spec.ts': 'failed',
    'web/e2e/syntax.spec.ts': 'failed',
  });
  assert.deepEqual(results(ran, dir), [
    '[first] > after it: skipped web/e2e/serial.spec.ts:6',
    '[first] > broken: skipped web/e2e/all.spec.ts:12',
    '[first] > cart > adds: passed web/e2e/all.spec.ts:4',
    '[first] > cart > is 1: passed web/e2e/all.spec.ts:5',
    '[first] > cart > is 2: failed web/e2e/all.spec.ts:5 !web/e2e/all.spec.ts:6',
    '[first] > comes round: flaky web/e2e/serial.spec.ts:4',
    '[first] > fails no more: failed web/e2e/all.spec.ts:14 !web/e2e/all.spec.ts:14',
    '[first] > first: passed web/e2e/leaves.spec.ts:2',
    '[first] > group > never: failed web/e2e/hooks.spec.ts:4 !web/e2e/hooks.spec.ts:3',
    '[first] > in both: passed web/e2e/all.spec.ts:9',
    '[first] > is known to fail: passed web/e2e/all.spec.ts:13',
    '[first] > later: skipped web/e2e/all.spec.ts:10',
    '[first] > leaves: failed web/e2e/leaves.spec.ts:3 !web/e2e/leaves.spec.ts:3',
    '[first] > never does: failed web/e2e/serial.spec.ts:5 !web/e2e/serial.spec.ts:5',
    '[first] > not here: skipped web/e2e/all.spec.ts:11',
    '[first] > one: failed web/e2e/forged.spec.ts:4 !web/e2e/forged.spec.ts:4',
    '[first] > one: passed web/e2e/green.spec.ts:2',
    '[first] > one: passed web/e2e/serial.spec.ts:3',
    '[second] > in both: passed web/e2e/all.spec.ts:9',
  ]);
  const test = (title: string) => ran.of('test.finished').find(({ path }) => path.at(-1) === title);
  assert.equal(test('not here')?.reason, 'only where there is a screen');
  assert.equal(test('broken')?.reason, 'fixme');
  assert.equal(test('after it')?.reason, 'it did not run: a test or hook before it failed');
  assert.match(test('leaves')?.error?.message ?? '', /worker process exited unexpectedly/);
  assert.match(test('is 2')?.error?.message ?? '', /^expect\(received\)\.toBe\(expected\)/);
  assert.equal(test('is 2')?.error?.name, 'Error');
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  const syntax = of('web/e2e/syntax.spec.ts');
  assert.equal(syntax?.reason, 'it could not be loaded');
  assert.deepEqual([syntax?.error?.name, syntax?.error?.at?.line], ['SyntaxError', 3]);
  assert.ok(existsSync(join(dir, 'web/own.txt')), "the project's own reporter has run as well");

  // Playwright's own count of the same files
  const own = spawnSync(
    'node_modules/.bin/playwright',
    ['test', 'all.spec', 'hooks', 'serial', '--reporter=line'],
    {
      cwd: join(dir, 'web'),
      encoding: 'utf8',
      env: cleanEnvironment(),
    },
  );
  assert.match(own.stdout, /4 failed[\s\S]*1 flaky[\s\S]*3 skipped[\s\S]*1 did not run[\s\S]*6 passed/);
});

it('Playwright: by title, by line, what failed last; and where it is absent the file says so and what to do', async () => {
  const dir = withPlaywright();
  const searched = await runner(dir, ['web/e2e/all.spec.ts', '--grep', 'cart > adds']);
  assert.deepEqual(
    [searched.code, results(searched, dir)],
    [0, ['[first] > cart > adds: passed web/e2e/all.spec.ts:4']],
  );
  const exact = await runner(dir, ['web/e2e/all.spec.ts', '--grep', '^\\[second\\] > in both$']);
  assert.deepEqual(
    [exact.code, results(exact, dir)],
    [0, ['[second] > in both: passed web/e2e/all.spec.ts:9']],
  );
  const atLine = await runner(dir, ['web/e2e/all.spec.ts:5', '--grep', 'is 1']);
  assert.deepEqual(
    [atLine.code, results(atLine, dir)],
    [0, ['[first] > cart > is 1: passed web/e2e/all.spec.ts:5']],
  );
  const nothing = await runner(dir, ['web/e2e/all.spec.ts:2']);
  assert.deepEqual(verdicts(nothing), { 'web/e2e/all.spec.ts': 'no-tests' });
  await runner(dir, ['web/e2e/all.spec.ts']);
  const last = await runner(dir, ['--last-failed']);
  assert.deepEqual(Object.keys(verdicts(last)), ['web/e2e/all.spec.ts']);

  const without = project(files);
  const absent = await runner(without, ['web/e2e/green.spec.ts']);
  assert.deepEqual(verdicts(absent), { 'web/e2e/green.spec.ts': 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /@playwright\/test was not found from .*\/web: install it there/,
  );
});

it('Playwright: what a failed setup project or hook keeps from running is not green, whoever was asked for', async () => {
  const dir = withPlaywright({
    'web/playwright.config.ts': `export default {
  testDir: 'e2e',
  projects: [
    { name: 'setup', testMatch: 'login.setup.ts' },
    { name: 'first', testMatch: 'cart.spec.ts', dependencies: ['setup'] },
    { name: 'plain' },
  ],
};\n`,
    'web/e2e/login.setup.ts': `import { test } from '@playwright/test';
test('signs in', () => { throw new Error('no login'); });
`,
    'web/e2e/cart.spec.ts': `import { test } from '@playwright/test';
test('cart', () => {});
`,
    'web/e2e/group.spec.ts': `import { test } from '@playwright/test';
test.describe('group', () => {
  test.beforeAll(() => { throw new Error('no database'); });
  test('a', () => {});
  test('b', () => {});
});
test('c', () => { throw new Error('not asked for'); });
`,
  });
  const cart = [
    '[first] > cart: skipped web/e2e/cart.spec.ts:2',
    '[plain] > cart: passed web/e2e/cart.spec.ts:2',
    '[setup] > signs in: failed web/e2e/login.setup.ts:2 !web/e2e/login.setup.ts:2',
  ];
  const whole = await runner(dir, ['web/e2e/cart.spec.ts']);
  assert.deepEqual([whole.code, results(whole, dir)], [100, cart]);
  const grep = '\\[(first|plain)\\] > (cart|group > b)';
  const searched = await runner(dir, ['web/e2e/cart.spec.ts', 'web/e2e/group.spec.ts', '--grep', grep]);
  assert.deepEqual(
    [searched.code, results(searched, dir)],
    [
      100,
      [
        cart[0],
        '[plain] > c: failed web/e2e/group.spec.ts:7 !web/e2e/group.spec.ts:7',
        cart[1],
        '[plain] > group > a: failed web/e2e/group.spec.ts:4 !web/e2e/group.spec.ts:3',
        '[plain] > group > b: skipped web/e2e/group.spec.ts:5',
        cart[2],
      ],
    ],
  );
  assert.deepEqual(verdicts(searched), {
    'web/e2e/cart.spec.ts': 'failed',
    'web/e2e/group.spec.ts': 'failed',
  });
  const { reason } = searched.of('test.finished').find(({ path }) => path.at(-1) === 'b') ?? {};
  assert.equal(reason, 'it did not run: a test or hook before it failed');
});

it('Playwright: a page in a real Chromium, of a service that the runner has started; what a failure leaves is named', async () => {
  const browser = await chromium();
  const dir = withPlaywright({
    'runner.config.yaml': `version: 1
services:
  shop: { kind: process, run: [node, shop.mjs], ready: { http: / } }
suites:
  web: { category: e2e, adapter: playwright, cwd: web, files: "web/e2e/page.spec.ts", needs: shop, env: { BASE_URL: "\${services.shop.url}" } }
`,
    'shop.mjs': `import { createServer } from 'node:http';
createServer((_, response) => response.setHeader('content-type', 'text/html').end('<h1>Shop</h1><button onclick="this.textContent = 1">buy</button>'))
  .listen(Number(process.env.PORT), '127.0.0.1');
`,
    'web/playwright.config.ts': `export default {
  testDir: 'e2e',
  use: {
    baseURL: process.env.BASE_URL,
    trace: 'retain-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM_PATH, args: ['--no-sandbox'] },
  },
};\n`,
    'web/e2e/page.spec.ts': `import { expect, test } from '@playwright/test';
test('buys', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button').click();
  await expect(page.getByRole('button')).toHaveText('1');
});
test('is called otherwise', async ({ page }) => {
  await page.goto('/');
  expect(await page.getByRole('heading').textContent()).toBe('Store');
});
`,
  });
  const ran = await runner(dir, ['web'], { env: { ...browser.env, CHROMIUM_PATH: browser.path } });
  assert.deepEqual(results(ran, dir), [
    'buys: passed web/e2e/page.spec.ts:2',
    'is called otherwise: failed web/e2e/page.spec.ts:7 !web/e2e/page.spec.ts:9',
  ]);
  const notes = ran.of('test.note').map(({ text }) => text);
  assert.deepEqual(notes.filter((text) => text.startsWith('trace: ')).length, 1, notes.join('\n'));
  const [, trace = ''] = /^trace: (.*)$/m.exec(notes.join('\n')) ?? [];
  assert.ok(trace.startsWith('test-results/e2e-page.spec.ts/') && existsSync(join(dir, 'web', trace)), trace);
});
