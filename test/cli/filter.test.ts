/** `--filter` on the real command line: what runs, and what a wrong expression says. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { project, type Ran, runner } from '../support/cli.ts';

const SOURCE = `import { describe, test } from 'node:test';
test('adds', () => {});
describe('slow', () => { test('adds much', () => {}); });
for (const n of [1, 2]) test('n' + n, () => {});
`;
const STATIC = SOURCE.split('\n').slice(0, 3).join('\n');

const shop = (): string =>
  project({
    'runner.config.yaml': `version: 1
name: shop
services: { till: { kind: process, run: [node, till.mjs], ready: { http: / } } }
categories:
  unit: { priority: high, description: parts }
  integration: { priority: low, description: together }
suites:
  prices: { title: Prices, category: unit, files: "prices/*.test.mjs", tags: money }
  carts: { title: Carts, category: unit, files: "carts/*.test.mjs" }
  till: { title: Till, category: integration, service: till, files: "till/*.test.mjs", needs: till }
`,
    'till.mjs':
      "import { createServer } from 'node:http';\ncreateServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');",
    'prices/net.test.mjs': STATIC,
    'carts/cart.test.mjs': STATIC,
    'till/pay.test.mjs': SOURCE,
  });

const ranTests = (ran: Ran): readonly string[] => {
  const fileOf = new Map(ran.of('file.started').map(({ attempt, file }) => [attempt, file]));
  return ran
    .of('test.finished')
    .filter(({ path }) => path.length > 1 || path[0] !== 'slow')
    .map(({ attempt, path }) => `${fileOf.get(attempt)} ${path.join(' > ')}`)
    .sort();
};

it('--filter runs what the expression means, tests of a file too, with the services that it names', async () => {
  const dir = shop();
  const ran = await runner(dir, ['--filter', '(tag(money) - test(slow)) | service(till)']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(ranTests(ran), [
    'prices/net.test.mjs adds',
    'till/pay.test.mjs adds',
    'till/pay.test.mjs n1',
    'till/pay.test.mjs n2',
    'till/pay.test.mjs slow > adds much',
  ]);
  const listed = await runner(dir, [
    'list',
    '--json',
    '--filter',
    'category(unit)',
    '--filter',
    'suite(till)',
  ]);
  assert.deepEqual(
    JSON.parse(listed.stdout).files.map(({ file }: { file: string }) => file),
    ['carts/cart.test.mjs', 'prices/net.test.mjs', 'till/pay.test.mjs'],
  );
  // Right for node:test, and not for every dialect.
  const escaped = await runner(dir, ['--dry-run', '--json', '--suite', 'prices', '--grep', 'a\\-b|^adds$']);
  assert.deepEqual([escaped.code, JSON.parse(escaped.stdout).totals], [0, { files: 1, tests: 1 }]);
  const off = await runner(dir, ['--filter', 'category(integration)']);
  assert.equal(off.code, 4);
  assert.match(off.stdout, /till \(1 file\): needs till \(real services\); add --real-services/);
});

it('F1: a wrong --filter is exit 94 with a caret under the mistake; with another mistake besides it is 96', async () => {
  const dir = shop();
  const wrong = await runner(dir, ['--filter', 'suite(price) & tag(money)']);
  assert.equal(wrong.code, 94);
  assert.equal(wrong.stdout, '');
  assert.equal(
    wrong.stderr,
    ` error  --filter:1:7  unknown suite "price"
 > 1 │ suite(price) & tag(money)
     │       ^^^^^ did you mean "prices"?
   there are: prices, carts, till
`,
  );
  const both = await runner(dir, ['--filter', 'suite(prices', '--category', 'unitt']);
  assert.equal(both.code, 96);
  assert.match(both.stderr, /unknown category "unitt"[\s\S]*--filter:1:1 {2}a "\(" is never closed/);
});
