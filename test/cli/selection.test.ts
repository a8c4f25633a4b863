import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, type Ran, registry, runner } from '../support/cli.ts';

const one = "import { test } from 'node:test';\ntest('works', () => {});\n";

/** Two categories, four suites, one of them on a service that would have to be started. */
const shop = (): string =>
  project({
    'runner.config.yaml': `version: 1
name: shop
services:
  stock: { kind: process, aliases: stock_service, run: [node, stock.mjs], ready: { http: /health } }
  till: { kind: process, run: [node, stock.mjs], needs: stock, ready: { http: /health } }
categories:
  unit: { priority: high, description: parts }
  integration: { priority: medium, description: together, after: unit }
  smoke: { priority: critical, description: nothing yet }
suites:
  prices: { title: Prices, category: unit, files: "prices/*.test.mjs", tags: [fast, money], priority: P0 }
  carts: { title: Carts, category: unit, files: "carts/**/*.test.mjs", tags: fast }
  stock: { title: Stock, category: integration, service: stock, files: "stock/*.test.mjs", needs: stock, priority: P1 }
  till: { title: Till, category: integration, files: "till/*.test.mjs", needs: till }
`,
    'stock.mjs':
      "import { createServer } from 'node:http';\ncreateServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');",
    'prices/net.test.mjs':
      "import { test, describe } from 'node:test';\ndescribe('net', () => {\n  test('rounds up', () => {});\n  test('rounds down', () => {});\n});\n",
    'prices/gross.test.mjs': one,
    'carts/cart.test.mjs': one,
    'carts/deep/merge.test.mjs': one,
    'stock/count.test.mjs': one,
    'till/pay.test.mjs': one,
  });

const ranFiles = (ran: Ran): readonly string[] =>
  ran
    .of('attempt.finished')
    .map(({ file }) => file)
    .sort();
const tests = (ran: Ran): readonly string[] => ran.of('test.finished').map(({ path }) => path.join(' > '));

describe('F6: each filter runs exactly its files', () => {
  const dir = shop();
  const cases: readonly [args: readonly string[], files: readonly string[]][] = [
    [
      ['--category', 'unit'],
      ['carts/cart.test.mjs', 'carts/deep/merge.test.mjs', 'prices/gross.test.mjs', 'prices/net.test.mjs'],
    ],
    [
      ['--categories', 'unit,integration', '--suite', 'prices'],
      ['prices/gross.test.mjs', 'prices/net.test.mjs'],
    ],
    [
      ['--suite', 'prices', '--suite', 'carts', '--tag', 'money'],
      ['prices/gross.test.mjs', 'prices/net.test.mjs'],
    ],
    [
      ['--priority', 'P0'],
      ['prices/gross.test.mjs', 'prices/net.test.mjs'],
    ],
    [
      ['--priority', 'high', '--tag', 'money'],
      ['prices/gross.test.mjs', 'prices/net.test.mjs'],
    ],
    [
      ['--test-file', 'carts'],
      ['carts/cart.test.mjs', 'carts/deep/merge.test.mjs'],
    ],
    [['--test-file', 'prices/*.test.mjs', '--grep', 'works'], ['prices/gross.test.mjs']],
    [
      ['prices/gross.test.mjs', 'carts/cart.test.mjs'],
      ['carts/cart.test.mjs', 'prices/gross.test.mjs'],
    ],
    [
      ['--category', 'integration', '--real-services'],
      ['stock/count.test.mjs', 'till/pay.test.mjs'],
    ],
    [
      ['--service', 'stock'],
      ['stock/count.test.mjs', 'till/pay.test.mjs'],
    ],
    [['--service', 'stock_service', '--suite', 'stock'], ['stock/count.test.mjs']],
    [['--service', 'till'], ['till/pay.test.mjs']],
    [['till/pay.test.mjs'], ['till/pay.test.mjs']],
  ];
  for (const [args, files] of cases) {
    it(`runner ${args.join(' ')}`, async () => {
      const ran = await runner(dir, args);
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.deepEqual(ranFiles(ran), files);
    });
  }

  it('a line selects the test that stands there', async () => {
    const ran = await runner(dir, ['--test-file', 'prices/net.test.mjs:4']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.deepEqual(tests(ran), ['net > rounds down']);
    assert.equal(ran.lastLine, '1 passed, 0 failed');
  });

  it('a line of a suite selects its tests; an expression is held against full titles', async () => {
    assert.deepEqual(tests(await runner(dir, ['prices/net.test.mjs:2'])), [
      'net > rounds up',
      'net > rounds down',
    ]);
    assert.deepEqual(tests(await runner(dir, ['--grep', '^net > rounds up$'])), ['net > rounds up']);
  });
});

describe('nothing is green that did not run', () => {
  const dir = shop();

  it('F1: a mistyped category is exit 96, with the nearest right name, and starts nothing', async () => {
    const ran = await runner(dir, ['--category', 'integraton', '--real-services']);
    assert.equal(ran.code, 96);
    assert.match(ran.stderr, /unknown category "integraton"/);
    assert.match(ran.stderr, /did you mean "integration"\?/);
    assert.equal(ran.stdout, '');
    assert.deepEqual(ran.events, []);
  });

  for (const [args, wrong, right] of [
    [['--service', 'stok'], 'stok', 'stock'],
    [['--suite', 'price'], 'price', 'prices'],
    [['--tag', 'fats'], 'fats', 'fast'],
    [['--env', 'tset'], 'tset', 'test'],
    [['prices/nett.test.mjs'], 'prices/nett.test.mjs', 'prices/net.test.mjs'],
  ] as const) {
    it(`F1: runner ${args.join(' ')} names the mistake and the nearest right name`, async () => {
      const ran = await runner(dir, args);
      assert.equal(ran.code, 96, ran.stdout);
      assert.ok(ran.stderr.includes(wrong) && ran.stderr.includes(`did you mean "${right}"`), ran.stderr);
    });
  }

  it('an empty intersection is exit 4, and says that nothing was selected', async () => {
    const ran = await runner(dir, ['--service', 'stock', '--category', 'smoke']);
    assert.equal(ran.code, 4);
    assert.match(ran.stdout, /no test was selected/);
    assert.equal(ran.lastLine, '0 passed, 0 failed');
  });

  it('F2, F4: without --real-services, suites on services are listed as not selected, with the flag', async () => {
    const some = await runner(dir, []);
    assert.equal(some.code, 0);
    assert.match(
      some.stdout,
      /not selected\n {5}stock \(1 file\): needs stock \(real services\); add --real-services/,
    );
    assert.deepEqual(
      some.of('plan')[0]?.notSelected.map(({ suite }) => suite),
      ['stock', 'till'],
    );

    const none = await runner(dir, ['--category', 'integration']);
    assert.equal(none.code, 4);
    assert.match(none.stdout, /till \(1 file\): needs stock, till \(real services\); add --real-services/);
  });

  it('--no-real-services leaves out what was named by hand', async () => {
    const ran = await runner(dir, ['--service', 'till', '--no-real-services']);
    assert.equal(ran.code, 4);
    assert.match(ran.stdout, /till \(1 file\): needs stock, till/);
  });

  it('F21: unknown, abbreviated and valueless options are exit 96 with a suggestion, never ignored', async () => {
    for (const [args, words] of [
      [['--real-service'], /unknown option '--real-service'[\s\S]*--real-services/],
      [['--categor', 'unit'], /unknown option '--categor'[\s\S]*--category/],
      [['--category'], /argument missing/],
      [['--workers', 'many'], /expected auto, a number/],
      [['--timeout', '30'], /did you mean "30s"/],
      [['--grep', '('], /\(/],
      [['--allow-prod'], /unknown option --allow-prod/],
      [['--json=yes', '--dry-run'], /json/],
    ] as const) {
      const ran = await runner(dir, args);
      assert.equal(ran.code, 96, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
      assert.match(ran.stderr, words);
      assert.doesNotMatch(ran.stderr, /\n\s+at /);
    }
  });

  it('a line without a test is exit 96 and names the lines that have one', async () => {
    const ran = await runner(dir, ['prices/net.test.mjs:6']);
    assert.equal(ran.code, 96);
    assert.match(ran.stderr, /prices\/net\.test\.mjs/);
    const inside = await runner(dir, ['prices/gross.test.mjs:1']);
    assert.equal(inside.code, 96);
    assert.match(inside.stderr, /no test at prices\/gross\.test\.mjs:1/);
    assert.match(inside.stderr, /begin at 2/);
  });
});

describe('F21: each remaining flag changes behaviour', () => {
  const dir = shop();

  it('--dry-run shows the plan and runs nothing; --json gives it to programs', async () => {
    const text = await runner(dir, ['--dry-run', '--category', 'unit']);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /would run 4 files, 5 tests on \d+ workers?; nothing was run/);
    assert.deepEqual(text.events, []);
    const { categories, totals } = JSON.parse(
      (await runner(dir, ['--dry-run', '--json', '--suite', 'till'])).stdout,
    );
    assert.deepEqual(
      categories.map(({ name }: { name: string }) => name),
      ['integration'],
    );
    assert.deepEqual(totals, { files: 1, tests: 1 });
  });

  it('--workers bounds how many files run at once', async () => {
    const ran = await runner(dir, ['--category', 'unit', '--workers', '1']);
    let running = 0;
    let most = 0;
    for (const { kind } of ran.events) {
      if (kind === 'file.started') running += 1;
      if (kind === 'attempt.finished') running -= 1;
      most = Math.max(most, running);
    }
    assert.equal(most, 1);
    assert.deepEqual(new Set(ran.of('file.started').map(({ worker }) => worker)), new Set([1]));
  });

  it('--shuffle changes the order of files, the same way for the same seed, and says the seed', async () => {
    const order = async (...args: string[]): Promise<readonly string[]> =>
      (await runner(dir, ['--category', 'unit', '--workers', '1', ...args]))
        .of('file.started')
        .map(({ file }) => file);
    const usual = await order();
    const one = await order('--shuffle', '7');
    assert.deepEqual(one, await order('--shuffle', '7'));
    assert.notDeepEqual(one, usual);
    assert.deepEqual([...one].sort(), [...usual].sort());
    const random = await runner(dir, ['--category', 'unit', '--shuffle']);
    assert.match(random.stdout, /· --shuffle \d+\n/);
    assert.equal((await runner(dir, ['--shuffle=x'])).code, 96);
  });

  it('--timeout wins over the registry', async () => {
    const slow = project({
      'runner.config.yaml': registry('defaults: { timeout: 5m }'),
      'a.test.mjs':
        "import { test } from 'node:test';\ntest('waits', async () => { await new Promise((r) => setTimeout(r, 600_000)); });",
    });
    const ran = await runner(slow, ['--timeout', '400ms']);
    assert.equal(ran.code, 100);
    assert.match(ran.stdout, /did not end within 400 ms/);
  });

  it('--keep-going runs what comes after a failed category; without it that is not-run, with the reason', async () => {
    const broken = project({
      'runner.config.yaml': `version: 1
name: broken
categories:
  unit: { priority: high, description: first }
  later: { priority: low, description: second, after: unit }
suites:
  a: { title: A, category: unit, files: a.test.mjs }
  b: { title: B, category: later, files: b.test.mjs }
`,
      'a.test.mjs': "import { test } from 'node:test';\ntest('x', () => { throw new Error('no'); });",
      'b.test.mjs': one,
    });
    const stopped = await runner(broken, []);
    assert.equal(stopped.code, 100);
    assert.deepEqual(
      stopped.of('file.not-run').map(({ file, reason }) => [file, reason]),
      [['b.test.mjs', 'category unit failed']],
    );
    assert.match(stopped.stdout, /1 file: category unit failed/);
    const went = await runner(broken, ['--keep-going']);
    assert.equal(went.code, 100);
    assert.equal(went.lastLine, '1 passed, 1 failed');
  });

  it('--exit-code-style simple folds to 0 and 1', async () => {
    assert.equal((await runner(dir, ['--category', 'smoke', '--exit-code-style', 'simple'])).code, 1);
    assert.equal((await runner(dir, ['prices', '--exit-code-style', 'simple'])).code, 0);
    assert.equal((await runner(dir, ['--category', 'nope', '--exit-code-style', 'simple'])).code, 1);
  });

  it('--ascii and --no-color leave plain marks', async () => {
    const ran = await runner(dir, ['prices', '--ascii'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } });
    assert.match(ran.stdout, / ok prices\/net\.test\.mjs/);
    assert.doesNotMatch(ran.stdout, /✓/);
    const plain = await runner(dir, ['prices', '--no-color'], {
      env: { FORCE_COLOR: '1', NO_COLOR: undefined },
    });
    assert.doesNotMatch(plain.stdout, /\u001b/);
    const coloured = await runner(dir, ['prices'], { env: { FORCE_COLOR: '1', NO_COLOR: undefined } });
    assert.match(coloured.stdout, /\u001b\[/);
  });

  it('--config names another registry; --help and --version answer with 0', async () => {
    const other = project({ 'elsewhere/other.yaml': registry(), 'elsewhere/a.test.mjs': one });
    const ran = await runner(other, ['--config', 'elsewhere/other.yaml', '--dry-run']);
    assert.match(ran.stdout, /would run 1 file/);
    const missing = await runner(project({ 'x.txt': '' }), []);
    assert.equal(missing.code, 96);
    assert.match(missing.stderr, /runner init/);
    const help = await runner(dir, ['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--real-services/);
    assert.match((await runner(dir, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe('runner list', () => {
  it('F5: lists what there is, runs nothing, and counts tests from the sources', async () => {
    const dir = shop();
    const ran = await runner(dir, ['list']);
    assert.equal(ran.code, 0);
    assert.deepEqual(ran.events, []);
    for (const words of ['Category', 'stock, stock_service', 'carts/deep/merge.test.mjs'])
      assert.ok(ran.stdout.includes(words), words);
    const { categories, services, suites, files, orphans, totals } = JSON.parse(
      (await runner(dir, ['list', '--json'])).stdout,
    );
    assert.deepEqual(
      categories.map(({ name, files: n, tests: t }: { name: string; files: number; tests: number }) => [
        name,
        n,
        t,
      ]),
      [
        ['unit', 4, 5],
        ['integration', 2, 2],
        ['smoke', 0, 0],
      ],
    );
    assert.deepEqual(
      services.map(({ name, files: n }: { name: string; files: number }) => [name, n]),
      [
        ['stock', 2],
        ['till', 1],
      ],
    );
    assert.equal(suites.length, 4);
    assert.equal(files.length, 6);
    assert.deepEqual(orphans, []);
    assert.deepEqual(totals, { files: 6, tests: 7 });
  });

  it('takes the same filters', async () => {
    const { files } = JSON.parse((await runner(shop(), ['list', '--json', '--service', 'till'])).stdout);
    assert.deepEqual(
      files.map(({ file }: { file: string }) => file),
      ['till/pay.test.mjs'],
    );
  });

  it('F6: a test file that no suite claims is an error of the listing and a warning of every run', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': one,
      'lost.spec.mjs': one,
      'test_old.py': '',
    });
    const listed = await runner(dir, ['list', '--orphans']);
    assert.equal(listed.code, 96);
    assert.match(listed.stdout, /2 test files that no suite claims:\n {5}lost\.spec\.mjs\n {5}test_old\.py/);
    assert.deepEqual(JSON.parse((await runner(dir, ['list', '--orphans', '--json'])).stdout), {
      orphans: ['lost.spec.mjs', 'test_old.py'],
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /2 test file\(s\) belong to no suite and never run, lost\.spec\.mjs first/);
    const named = await runner(dir, ['lost.spec.mjs']);
    assert.equal(named.code, 96);
    assert.match(named.stderr, /no suite claims/);
  });
});
