import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, runner, verdicts } from '../support/cli.ts';

const nodeTest = "import { test } from 'node:test';\ntest('works', () => {});\n";
const registryOf = (dir: string): string => readFileSync(join(dir, 'runner.config.yaml'), 'utf8');

/** An API on PostgreSQL and Redis, a web front end, a Python worker: what a product of three years looks like. */
const shop = (): string =>
  project({
    'package.json': '{ "name": "@acme/shop", "workspaces": ["api", "web"] }',
    'compose.yaml':
      'services:\n  db:\n    image: postgres:16-alpine\n    environment: { POSTGRES_PASSWORD: x }\n  cache: { image: redis:7 }\n',
    'api/package.json': JSON.stringify({
      name: '@acme/api',
      scripts: { start: 'node src/server.mjs', test: 'node --test' },
      dependencies: { pg: '8', ioredis: '5' },
    }),
    'api/src/server.mjs': "app.get('/health', ok);\napp.listen(process.env.PORT);\n",
    'api/migrations/001_orders.sql': 'create table orders (id int);\n',
    'api/test/price.test.mjs': nodeTest,
    'api/test/cart/add.test.mjs': nodeTest,
    'api/test/integration/orders.test.mjs': `import pg from 'pg';\n${nodeTest}new pg.Client(process.env.DATABASE_URL);\n`,
    'api/test/integration/stock.test.mjs': `${nodeTest}console.log(process.env.REDIS_URL);\n`,
    'api/test/fixtures/broken.test.mjs': "throw new Error('never run');\n",
    'web/package.json': JSON.stringify({
      name: '@acme/web',
      devDependencies: { vitest: '4', '@playwright/test': '1.60' },
    }),
    'web/src/button.test.tsx': "import { it } from 'vitest';\nit('renders', () => {});\n",
    'web/src/sum.test.ts': "import { it } from 'vitest';\nit('adds', () => {});\n",
    'web/e2e/buy.spec.ts': "import { test } from '@playwright/test';\ntest('buys', async () => {});\n",
    'worker/pyproject.toml':
      '[project]\nname = "worker"\ndependencies = ["psycopg[binary]"]\n\n[tool.pytest.ini_options]\n',
    'worker/tests/conftest.py': '',
    'worker/tests/test_mail.py': 'import os\n\ndef test_mail():\n    assert os.environ["DATABASE_URL"]\n',
  });

const SHOP = `# yaml-language-server: $schema=./node_modules/unified-test-runner/schema/runner.config.schema.json
# What is tested here, with which services, in which order. \`runner init\` wrote it; from now on it is yours.
#   runner list                what there is; nothing runs
#   runner                     every test that needs no service
#   runner --real-services     every test, on real services
version: 1
name: shop

services:
  # Each test file gets a database of its own as DATABASE_URL: pg in api/package.json; image postgres:16-alpine
  # in compose.yaml; used by api/test/integration/orders.test.mjs and 1 more.
  postgres:
    kind: postgres
    version: "16"
    migrate: { files: api/migrations/*.sql }

  # Each test file gets a Redis of its own as REDIS_URL: ioredis in api/package.json; image redis:7 in
  # compose.yaml; used by api/test/integration/stock.test.mjs.
  redis:
    kind: redis
    version: "7"

  # A guess: "start" of api/package.json listens on PORT.
  # api:
  #   kind: process
  #   cwd: api
  #   run: [node, src/server.mjs]
  #   env: { PORT: "\${port}" }
  #   needs: [postgres, redis]
  #   ready: { http: /health }

categories:
  unit: { priority: high, description: Parts on their own }
  integration: { priority: medium, description: Parts together, after: unit }
  e2e: { priority: low, description: The whole product, after: integration }

suites:
  api:
    category: unit
    files: [api/test/*.test.mjs, api/test/cart/**/*.test.mjs]

  web:
    category: unit
    adapter: vitest
    cwd: web
    files: "web/src/**/*.test.{ts,tsx}"

  worker:
    category: unit
    adapter: pytest
    cwd: worker
    files: worker/tests/**/test_*.py
    needs: [postgres] # DATABASE_URL in worker/tests/test_mail.py

  api-integration:
    category: integration
    files: api/test/integration/**/*.test.mjs
    # DATABASE_URL in api/test/integration/orders.test.mjs, REDIS_URL in api/test/integration/stock.test.mjs:
    needs: [postgres, redis]

  web-e2e:
    category: e2e
    adapter: playwright
    cwd: web
    files: web/e2e/**/*.spec.ts

ignore:
  # What tests work on; it only looks like tests.
  - api/test/fixtures/**
`;

describe('runner init', () => {
  it('writes what a person would have written', async () => {
    const dir = shop();
    const ran = await runner(dir, ['init']);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(registryOf(dir), SHOP);
    assert.equal(
      ran.stdout,
      ` wrote runner.config.yaml

 Framework   Files
 node:test       4  2 suites
 Vitest          2  1 suite
 Playwright      1  1 suite
 pytest          1  1 suite

 services     postgres, redis
 suggested    api: guesses, written as comments
 next         runner list, then runner --real-services
`,
    );

    const listed = await runner(dir, ['list', '--json']);
    assert.equal(listed.code, 0, listed.stderr);
    const { suites, orphans } = JSON.parse(listed.stdout);
    assert.deepEqual(
      suites.map(({ name, files, needs }: { name: string; files: number; needs: string[] }) => [
        name,
        files,
        needs,
      ]),
      [
        ['api', 2, []],
        ['web', 2, []],
        ['worker', 1, ['postgres']],
        ['api-integration', 2, ['postgres', 'redis']],
        ['web-e2e', 1, []],
      ],
    );
    assert.deepEqual(orphans, []);

    const again = await runner(dir, ['init', '--force']);
    assert.deepEqual([again.code, registryOf(dir)], [0, SHOP]);
  });

  it('and then runner is green', async () => {
    const dir = project({
      'package.json': '{ "name": "sums", "scripts": { "test": "node --test" } }',
      'test/add.test.mjs': nodeTest,
      'test/over there/größe.test.mjs': nodeTest,
      'test/support.mjs': "import { after } from 'node:test';\nexport const later = (f) => after(f);\n",
    });
    assert.equal((await runner(dir, ['init'])).code, 0);
    const listed = await runner(dir, ['list', '--json']);
    assert.deepEqual(
      JSON.parse(listed.stdout).files.map(({ file, suite }: { file: string; suite: string }) => [
        file,
        suite,
      ]),
      [
        ['test/add.test.mjs', 'sums'],
        ['test/over there/größe.test.mjs', 'sums'],
      ],
    );
    const ran = await runner(dir, []);
    assert.equal(ran.lastLine, '2 passed, 0 failed');
    assert.equal(ran.code, 0);
    assert.deepEqual(verdicts(ran), {
      'test/add.test.mjs': 'passed',
      'test/over there/größe.test.mjs': 'passed',
    });
  });

  it('writes a skeleton into a folder without tests', async () => {
    const dir = project({ 'package.json': '{ "name": "empty" }' });
    const ran = await runner(dir, ['init']);
    assert.equal(ran.code, 0);
    assert.equal(
      ran.stdout,
      ' wrote runner.config.yaml\n\n no test was found: the registry is a skeleton, its comments show a first suite\n',
    );
    assert.equal((await runner(dir, ['list'])).code, 0);

    const [head = '', skeleton = ''] = registryOf(dir).split('# categories:');
    const uncommented = `${head}# categories:${skeleton}`.split('\n').slice(head.split('\n').length - 1);
    const text = `${head}${uncommented.map((line) => line.replace(/^# ?/, '')).join('\n')}`;
    writeFileSync(join(dir, 'runner.config.yaml'), text);
    mkdirSync(join(dir, 'test'));
    writeFileSync(join(dir, 'test', 'first.test.mjs'), nodeTest);
    assert.equal((await runner(dir, [])).lastLine, '1 passed, 0 failed');
  });

  it('names the schema of the project where it has one', async () => {
    const dir = project({ 'schema/runner.config.schema.json': '{}', 'a.test.mjs': nodeTest });
    const ran = await runner(dir, ['init', '--print']);
    assert.equal(
      ran.stdout.split('\n')[0],
      '# yaml-language-server: $schema=./schema/runner.config.schema.json',
    );
  });

  it('names what it could not place', async () => {
    const dir = project({
      'package.json': '{',
      'a.test.js': "import test from 'ava';\n",
      'b.test.mjs': nodeTest,
    });
    const ran = await runner(dir, ['init']);
    assert.equal(ran.code, 0);
    assert.match(
      ran.stdout,
      /\n nobody's {5}1 file of no framework that is known here, a\.test\.js first: runner list --orphans\n not read {5}package\.json: not valid JSON, so it counted for nothing\n/,
    );
    assert.deepEqual(JSON.parse((await runner(dir, ['list', '--json'])).stdout).orphans, ['a.test.js']);
  });
});

describe('runner init --print and the folder', () => {
  it('writes to standard output alone', async () => {
    const dir = shop();
    const ran = await runner(dir, ['init', '--print']);
    assert.deepEqual([ran.code, ran.stdout], [0, SHOP]);
    assert.match(ran.stderr, / Playwright {6}1 {2}1 suite\n/);
    assert.equal(existsSync(join(dir, 'runner.config.yaml')), false);
  });

  it('does so beside a registry that exists', async () => {
    const dir = project({ 'a.test.mjs': nodeTest, 'runner.config.yml': 'mine' });
    const ran = await runner(dir, ['init', '--print']);
    assert.equal(ran.code, 0);
    assert.equal(readFileSync(join(dir, 'runner.config.yml'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(dir).sort(), ['a.test.mjs', 'runner.config.yml']);
  });

  it('takes the folder as an argument', async () => {
    const dir = project({ 'the api/a.test.mjs': nodeTest });
    const ran = await runner(dir, ['init', 'the api']);
    assert.equal(ran.code, 0);
    assert.equal(ran.stdout.split('\n')[0], ` wrote ${join('the api', 'runner.config.yaml')}`);
    const [, written = ''] = registryOf(join(dir, 'the api')).split('\nversion: 1\n');
    assert.equal(
      written.split('\n\n').slice(0, 3).join('\n'),
      `name: the api
categories:
  unit: { priority: high, description: Parts on their own }
suites:
  the-api:
    category: unit
    files: "**/*.test.mjs"`,
    );
  });

  it('explains itself', async () => {
    const ran = await runner(project({}), ['init', '--help']);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /^Usage: runner init \[options\] \[folder\]\n/);
    assert.match(ran.stdout, /--force +overwrite the registry that is there\n/);
    assert.match(ran.stdout, /--print +write it to standard output and touch nothing\n/);
  });
});

describe('runner init refuses', () => {
  for (const name of ['runner.config.yaml', 'runner.config.yml']) {
    it(`to overwrite ${name} without --force`, async () => {
      const dir = project({ 'a.test.mjs': nodeTest, [name]: 'mine\n' });
      const ran = await runner(dir, ['init']);
      assert.equal(ran.code, 96);
      assert.equal(ran.stdout, '');
      assert.equal(
        ran.stderr,
        ` error  ${name} exists already\n   runner init --force overwrites it; runner init --print only shows what it would write\n`,
      );
      assert.equal(readFileSync(join(dir, name), 'utf8'), 'mine\n');

      const forced = await runner(dir, ['init', '--force']);
      assert.equal(forced.code, 0);
      assert.match(readFileSync(join(dir, name), 'utf8'), /^# yaml-language-server: /);
      assert.deepEqual(readdirSync(dir).sort(), ['a.test.mjs', name].sort());
      assert.equal((await runner(dir, ['list'])).code, 0);
    });
  }

  it('to choose between two registries', async () => {
    const dir = project({ 'runner.config.yaml': 'a', 'runner.config.yml': 'b' });
    const ran = await runner(dir, ['init', '--force']);
    assert.equal(ran.code, 96);
    assert.match(
      ran.stderr,
      /both runner\.config\.yaml and runner\.config\.yml in .*\n {3}keep one of them\n$/,
    );
  });

  it('a folder that is none', async () => {
    const dir = project({ 'file.txt': '' });
    const remedy = '   runner init [folder] wants the folder of a project\n';
    for (const [asked, words] of [
      ['nowhere', 'no such folder: nowhere'],
      ['file.txt', 'file.txt is no folder'],
      [join('file.txt', 'below'), `no such folder: ${join('file.txt', 'below')}`],
    ] as const) {
      const ran = await runner(dir, ['init', asked]);
      assert.deepEqual([ran.code, ran.stdout, ran.stderr], [96, '', ` error  ${words}\n${remedy}`]);
    }
  });

  it('with the reason, where the file can not be written', async () => {
    // A folder in its place: no permission is needed for that to fail, so it fails for root too.
    const dir = project({ 'a.test.mjs': nodeTest, 'runner.config.yaml/keep.txt': '' });
    const ran = await runner(dir, ['init', '--force']);
    assert.deepEqual([ran.code, ran.stdout], [96, '']);
    assert.match(
      ran.stderr,
      /^ error {2}runner\.config\.yaml can't be written\n {3}EISDIR: .*\n {3}make it writable, or send runner init --print to where it may be\n$/,
    );
    const stray = await runner(dir, ['init', '--exit-code-style', 'simple', 'nowhere']);
    assert.equal(stray.code, 1);
  });
});
