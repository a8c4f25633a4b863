/** `runner prove` and the faults that a project declares: what only they turn red, which nobody notices, and that no file is changed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { processesNaming, project, runner } from '../support/cli.ts';

const SHOP = `import { createServer } from 'node:http';
import { rebate } from './price.mjs';
const fault = process.env.SHOP_FAULT;
createServer((request, response) => {
  if (request.url === '/healthz') return void response.end('ok');
  if (request.url === '/stock') return void response.end(fault === 'endless-stock' ? '999' : '3');
  response.end(String(rebate(10)));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;
const PRICE = `export const rebate = (price) => price * 0.9;
export const legalText = 'all prices include taxes';
`;
const TESTS = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { rebate } from './src/price.mjs';
const ask = async (path) => (await fetch(process.env.SHOP_URL + path)).text();
test('ten cost nine', async () => assert.equal(await ask('/price'), '9'));
test('three are in stock', async () => assert.equal(await ask('/stock'), '3'));
test('the rebate is a tenth', () => assert.equal(rebate(100), 90));
test('is of no use', () => assert.equal(typeof rebate, 'function'));
`;
const REGISTRY = (proof: string): string => `version: 1
name: shop
services:
  shop: { kind: process, run: [node, built/shop.mjs], ready: { http: /healthz }, export: { SHOP_URL: "\${url}" } }
suites:
  shop: { category: integration, files: shop.test.mjs, needs: shop }
  other: { category: integration, files: other.test.mjs }
environments:
  staging: { deployed: true, services: { shop: { url: "http://shop.example.com" } } }
proof:
${proof}`;
const PROOF = `  vacuous: fail
  build: node build.mjs
  mutations:
    no-rebate: { breaks: ten cost nine, file: src/price.mjs, find: "* 0.9", replace: "* 1" }
    lawless: { breaks: the law, file: src/price.mjs, find: "include taxes", replace: "lie", services: shop }
  switches: { module: src/faults.ts, variable: SHOP_FAULT }
`;
/** It makes a test throw, which is no noticing. */
const WITH_THROW = PROOF.replace(
  '  switches:',
  `    throws: { breaks: any price has a rebate, file: src/price.mjs, find: "price * 0.9", replace: "price === 100 ? price.no.rebate : price * 0.9" }
  switches:`,
);
const PROJECT = {
  'runner.config.yaml': REGISTRY(PROOF),
  'src/shop.mjs': SHOP,
  'src/price.mjs': PRICE,
  'src/faults.ts':
    "export const MUTATIONS: Record<string, string> = { 'endless-stock': 'stock is counted' };\n",
  'build.mjs': "import { cpSync } from 'node:fs';\ncpSync('src', 'built', { recursive: true });\n",
  'built/shop.mjs': SHOP,
  'built/price.mjs': PRICE,
  'shop.test.mjs': TESTS,
  'other.test.mjs': "import { test } from 'node:test';\ntest('of no service', () => {});\n",
  'node_modules/linked/index.js': '',
};

/** Every file of the project but what the runner keeps, as one hash. */
function digest(dir: string): string {
  const hash = createHash('sha256');
  for (const name of (readdirSync(dir, { recursive: true }) as string[]).sort()) {
    if (name.startsWith('.runner')) continue;
    hash.update(`\0${name}\0`);
    try {
      hash.update(readFileSync(join(dir, name)));
    } catch {
      hash.update('folder');
    }
  }
  return hash.digest('hex');
}

interface Told {
  readonly totals: Readonly<Record<string, number>>;
  readonly files: readonly {
    readonly from: string;
    readonly tests: readonly {
      readonly title: string;
      readonly verdict: string;
      readonly faults: readonly { readonly name: string; readonly cell: string }[];
    }[];
  }[];
}

it('a test that only a fault of the product turns red notices; one that none does is vacuous and fails where it is to; nothing is changed', async () => {
  const dir = project(PROJECT);
  const before = digest(dir);
  const ran = await runner(dir, [
    'prove',
    '--real-services',
    '--json',
    '--report',
    'html=.runner/proof.html',
  ]);
  assert.equal(ran.code, 100, ran.stderr);
  const told = JSON.parse(ran.stdout) as Told;
  assert.deepEqual(told.totals, { notices: 3, vacuous: 1, undecided: 0, open: 0 });
  const faults = Object.fromEntries(
    (told.files[0]?.tests ?? []).map(({ title, verdict, faults }) => [
      `${verdict} ${title}`,
      Object.fromEntries(faults.map(({ name, cell }) => [name, cell])),
    ]),
  );
  const { 'notices the rebate is a tenth': rebate, ...rest } = faults;
  assert.equal(rebate?.['no-rebate'], 'red');
  assert.deepEqual(rest, {
    'notices ten cost nine': {},
    'notices three are in stock': {},
    'vacuous is of no use': { 'no-rebate': 'green', lawless: 'green', 'endless-stock': 'green' },
  });
  const page = readFileSync(join(dir, '.runner', 'proof.html'), 'utf8');
  assert.match(page, /<h1><span class="sign" aria-hidden="true">✗<\/span> 3 tests notice, 1 vacuous<\/h1>/);
  assert.match(page, /<li>shop\.test\.mjs &gt; is of no use<\/li>/);
  assert.match(page, /<th scope="row">the rebate is a tenth<\/th>.*<td class="cell">no-rebate<\/td>/);
  assert.doesNotMatch(page, /<script|https?:/);

  const again = await runner(dir, ['prove', '--real-services']);
  assert.deepEqual([again.code, again.lastLine.replace(/ \(.*/, '')], [100, '3 notice, 1 vacuous']);
  assert.match(again.stdout, /1 file unchanged since proven/);
  assert.equal(readdirSync(join(dir, '.runner', 'proofs')).length, 1, 'it is all known');
  assert.match(again.stdout, / {3}notices {3}the rebate is a tenth +green +no-rebate\n/);
  assert.equal(digest(dir), before);
  const [run] = readdirSync(join(dir, '.runner', 'proofs'));
  assert.deepEqual(processesNaming(run ?? dir), []);
});

it('fault by fault: what notices it, what survives, what can not be made; and the files that no fault is in stay as they are', async () => {
  const dir = project({ ...PROJECT, 'runner.config.yaml': REGISTRY(WITH_THROW) });
  const before = digest(dir);
  const ran = await runner(dir, ['prove', '--mutations', '--real-services', '--json']);
  assert.equal(ran.code, 100, ran.stderr);
  const told = JSON.parse(ran.stdout);
  assert.deepEqual(told.totals, { noticed: 2, survived: 2, unmade: 0, open: 0 });
  assert.deepEqual(told.mutations, [
    {
      name: 'no-rebate',
      breaks: 'ten cost nine',
      state: 'noticed',
      by: [
        { file: 'shop.test.mjs', title: 'ten cost nine' },
        { file: 'shop.test.mjs', title: 'the rebate is a tenth' },
      ],
      reason: null,
    },
    { name: 'lawless', breaks: 'the law', state: 'survived', by: [], reason: 'every test passed' },
    {
      name: 'throws',
      breaks: 'any price has a rebate',
      state: 'survived',
      by: [],
      reason: 'red, but not by an assertion: shop.test.mjs: the rebate is a tenth',
    },
    {
      name: 'endless-stock',
      breaks: 'stock is counted',
      state: 'noticed',
      by: [{ file: 'shop.test.mjs', title: 'three are in stock' }],
      reason: null,
    },
  ]);
  assert.match(ran.stderr, /✓ \d\/4 no-rebate {2}shop\.test\.mjs > ten cost nine\n/);
  assert.equal(digest(dir), before);

  const one = await runner(dir, ['prove', '--mutation', 'endless-stock', '--real-services']);
  assert.deepEqual([one.code, one.lastLine.replace(/ \(.*/, '')], [0, '1 of 1 mutation noticed']);
  writeFileSync(join(dir, 'build.mjs'), "console.error('no compiler'); process.exit(3);\n");
  const unbuilt = await runner(dir, ['prove', '--mutation', 'no-rebate', '--real-services']);
  assert.equal(unbuilt.code, 100);
  assert.match(unbuilt.stdout, /no-rebate could not be tried: the build failed: .*: no compiler\n/);
});

it('T13 a project that can not be written to, and mistakes in what is declared, are told in words and with their codes', async () => {
  const dir = project(PROJECT);
  writeFileSync(join(dir, '.runner'), 'in the way');
  const unwritable = await runner(dir, ['prove', '--real-services']);
  assert.equal(unwritable.code, 110, unwritable.stderr);
  assert.match(
    unwritable.stderr,
    / error {2}the log of the experiments can't be written: .*\n {8}make .*\.runner writable/,
  );

  const wrong = (from: string, to: string): string =>
    project({ ...PROJECT, 'runner.config.yaml': REGISTRY(PROOF.replace(from, to)) });
  const told = async (dir: string, ...args: readonly string[]): Promise<string> => {
    const ran = await runner(dir, ['prove', '--real-services', ...args]);
    assert.deepEqual([ran.code, ran.stdout], [96, '']);
    assert.equal(existsSync(join(dir, '.runner', 'proofs')), false);
    return ran.stderr;
  };
  assert.match(
    await told(wrong('"* 0.9"', '"* 0.8"')),
    /runner\.config\.yaml:14:\d+ {2}mutation "no-rebate": this stands in src\/price\.mjs 0 times/,
  );
  assert.match(await told(wrong('src/price.mjs', '../price.mjs')), /\.\.\/price\.mjs is not in the project/);
  assert.match(await told(wrong('src/faults.ts', 'src/price.mjs')), /src\/price\.mjs names no mutations/);
  assert.match(await told(wrong('vacuous: fail', 'vacuous: often')), /expected one of: warn, fail/);
  assert.match(await told(dir, '--mutation', 'no-rebat'), /unknown mutation "no-rebat".*\n?.*no-rebate/);
  assert.match(
    await told(dir, '--mutations', '--env', 'staging'),
    /no fault can be made in staging: what runs there is deployed already/,
  );
  assert.match(await told(dir, '--report', 'pdf'), /unknown report "pdf"/);
});

it('packages of the copy are those of the project; what is linked into the project itself leads to the copy', async () => {
  const dir = project({
    'runner.config.yaml': REGISTRY(
      `  mutations: { wrong-sum: { breaks: sums, file: packages/sum/index.mjs, find: "a + b", replace: "a - b" } }\n`,
    ),
    'built/shop.mjs': SHOP,
    'built/price.mjs': PRICE,
    'packages/sum/index.mjs': 'export const sum = (a, b) => a + b;\n',
    'packages/sum/package.json': '{ "name": "@shop/sum", "type": "module", "exports": "./index.mjs" }',
    'shop.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { sum } from '@shop/sum';
import { one } from 'one';
test('adds', () => assert.equal(sum(one, 2), 3));
`,
    'other.test.mjs': "import { test } from 'node:test';\ntest('of no service', () => {});\n",
    'node_modules/one/index.js': 'exports.one = 1;\n',
    'node_modules/one/package.json': '{ "name": "one" }',
  });
  mkdirSync(join(dir, 'node_modules', '@shop'));
  symlinkSync('../../packages/sum', join(dir, 'node_modules', '@shop', 'sum'));
  const ran = await runner(dir, ['prove', '--mutations', '--real-services', '--json']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout).mutations[0].by, [{ file: 'shop.test.mjs', title: 'adds' }]);
});
