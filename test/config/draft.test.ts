import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drafted, pkg } from './drafted.ts';

const nodeTest = "import { test } from 'node:test';\ntest('works', () => {});\n";
const vitest = "import { it } from 'vitest';\nit('works', () => {});\n";
const bare = "describe('it', () => {});\n";

/** Frameworks that this version has an adapter for. */

describe('each framework is recognised', () => {
  const cases: readonly [title: string, framework: string, files: Record<string, string>, tests: string[]][] =
    [
      ['node:test by import', 'node:test', { 'a.test.mjs': nodeTest }, ['a.test.mjs']],
      [
        'node:test by require, in a folder of tests with a helper beside it',
        'node:test',
        {
          'test/cart.js': "const test = require('node:test');\ntest('works', () => {});\n",
          'test/support.js':
            "const { after } = require('node:test');\nmodule.exports = () => after(() => {});\n",
        },
        ['test/cart.js'],
      ],
      [
        'node:test through a module of the project',
        'node:test',
        {
          'package.json': pkg({ scripts: { test: 'node --import tsx --test' } }),
          'src/a.test.ts': "import { test } from './harness.ts';\ntest('works', () => {});\n",
          'src/harness.ts': "export { test } from 'node:test';\n",
        },
        ['src/a.test.ts'],
      ],
      ['Vitest by import', 'Vitest', { 'src/a.test.ts': vitest }, ['src/a.test.ts']],
      [
        'Vitest by its settings',
        'Vitest',
        { 'vitest.config.ts': 'export default { test: { globals: true } };', 'src/a.spec.tsx': bare },
        ['src/a.spec.tsx'],
      ],
      [
        'Jest by dependency',
        'Jest',
        {
          'package.json': pkg({ devDependencies: { jest: '30' } }),
          'src/__tests__/a.js': bare,
          'src/b.test.js': bare,
        },
        ['src/__tests__/a.js', 'src/b.test.js'],
      ],
      ['Jest by key', 'Jest', { 'package.json': pkg({ jest: {} }), 'b.test.js': bare }, ['b.test.js']],
      ['Jest by settings', 'Jest', { 'jest.config.ts': '', 'b.test.js': bare }, ['b.test.js']],
      ['Mocha by settings', 'Mocha', { '.mocharc.yml': '', 'test/old.js': bare }, ['test/old.js']],
      [
        'Mocha by script',
        'Mocha',
        {
          'package.json': pkg({ scripts: { test: 'mocha -r esm' } }),
          'test/old.js': bare,
          'test/help.js': '',
        },
        ['test/old.js'],
      ],
      [
        'Playwright, also where a module of the project hands it on',
        'Playwright',
        {
          'playwright.config.ts': "export default { testDir: './flows' };",
          'flows/buy.spec.ts': "import { test } from '@playwright/test';\ntest('buy', () => {});\n",
          'flows/sell.spec.ts': "import { test } from './fixture';\ntest('sell', () => {});\n",
        },
        ['flows/buy.spec.ts', 'flows/sell.spec.ts'],
      ],
      [
        'pytest',
        'pytest',
        { 'pyproject.toml': '[tool.pytest.ini_options]\n', 'tests/test_a.py': '', 'b_test.py': '' },
        ['b_test.py', 'tests/test_a.py'],
      ],
      ['go test', 'go test', { 'go.mod': 'module x', 'pkg/a_test.go': '' }, ['pkg/a_test.go']],
      [
        'cargo test, in any file of a package',
        'cargo test',
        {
          'api/Cargo.toml': '[package]\nname = "api"\n',
          'api/src/lib.rs': '#[cfg(test)]\nmod tests {\n    #[tokio::test]\n    async fn works() {}\n}\n',
          'api/src/cart.rs': 'pub fn adds() {}\n',
          'api/tests/outer.rs': '#[test]\nfn works() {}\n',
          'scripts/loose.rs': '#[test]\nfn of_no_package() {}\n',
        },
        ['api/src/lib.rs', 'api/tests/outer.rs'],
      ],
    ];
  for (const [title, framework, files, tests] of cases) {
    it(title, async () => {
      const { draft, runs, all, orphans } = await drafted(files);
      const own = draft.frameworks.filter((one) => one.files > 0);
      assert.deepEqual(
        own.map(({ label, files: number }) => [label, number]),
        [[framework, tests.length]],
      );
      assert.deepEqual(Object.values(all).flat().sort(), tests);
      assert.deepEqual(Object.values(runs).flat().sort(), tests);
      assert.deepEqual(orphans, []);
    });
  }

  it("a file of another framework is nobody's, and said to be", async () => {
    const { draft, orphans, runs } = await drafted({
      'package.json': pkg({ devDependencies: { ava: '6', jest: '30' } }),
      'a.test.js': "import test from 'ava';\ntest('x', () => {});\n",
      'b.test.mjs': nodeTest,
    });
    assert.deepEqual(draft.unknown, ['a.test.js']);
    assert.deepEqual(orphans, ['a.test.js']);
    assert.deepEqual(runs, { shop: ['b.test.mjs'] });
    assert.deepEqual(draft.frameworks, [
      { label: 'node:test', files: 1, suites: 1 },
      { label: 'Jest', files: 0, suites: 0 },
    ]);
  });

  it('only the first 64 KiB of a file are read', async () => {
    const filler = `// ${'x'.repeat(64 * 1024)}\n`;
    const { draft } = await drafted({
      'late.test.mjs': filler + nodeTest,
      'early.test.mjs': nodeTest + filler,
    });
    assert.deepEqual(draft.unknown, ['late.test.mjs']);
    assert.deepEqual(draft.frameworks, [{ label: 'node:test', files: 1, suites: 1 }]);
  });
});

describe('suites', () => {
  it('are named after folders, with the category that the path says', async () => {
    const { now, all } = await drafted({
      'package.json': pkg({}, '@acme/shop'),
      'packages/api/package.json': pkg({}, 'api'),
      'packages/api/src/price.test.mjs': nodeTest,
      'packages/api/test/integration/orders.test.mjs': nodeTest,
      'packages/api/test/e2e/buy.test.mjs': nodeTest,
      'services/api/package.json': pkg({}, 'api-service'),
      'services/api/a.test.mjs': nodeTest,
      'services/api/b.test.mjs': vitest,
      'services/api/type/package.json': '{ "type": "module" }',
      'services/api/type/c.test.mjs': nodeTest,
      'test/whole.test.mjs': nodeTest,
    });
    assert.deepEqual(all, {
      shop: ['test/whole.test.mjs'],
      api: ['packages/api/src/price.test.mjs'],
      'services-api': ['services/api/a.test.mjs', 'services/api/type/c.test.mjs'],
      'api-vitest': ['services/api/b.test.mjs'],
      'api-integration': ['packages/api/test/integration/orders.test.mjs'],
      'api-e2e': ['packages/api/test/e2e/buy.test.mjs'],
    });
    assert.deepEqual(
      [...now.categories.values()].map(({ name, after }) => [name, ...after]),
      [['unit'], ['integration', 'unit'], ['e2e', 'integration']],
    );
  });

  it('survive names that mean something to globs, YAML or the terminal', async () => {
    const files = [
      'app/[id]/(group)/a.test.ts',
      '!bang/a.test.ts',
      '~home/a.test.ts',
      'ünï çode/größe.test.ts',
      '測試/a.test.ts',
      '# hash: "x"/{a,b}/a.test.ts',
      '123/a.test.ts',
    ];
    const packages = files.map((file) => file.slice(0, file.indexOf('/')));
    const { all, runs } = await drafted({
      'package.json': pkg({ dependencies: { pg: '8' } }, 'evil"\n  x: [\u0007'),
      'compose.yaml': 'services: { db: { image: "postgres:16" } }',
      ...Object.fromEntries(files.map((file) => [file, `import 'pg';\n${nodeTest}`])),
      ...Object.fromEntries(packages.map((folder) => [`${folder}/package.json`, pkg({}, folder)])),
    });
    assert.deepEqual(all, runs);
    assert.deepEqual(all, {
      bang: ['!bang/a.test.ts'],
      'hash-x': ['# hash: "x"/{a,b}/a.test.ts'],
      tests: ['123/a.test.ts'],
      app: ['app/[id]/(group)/a.test.ts'],
      home: ['~home/a.test.ts'],
      'uni-code': ['ünï çode/größe.test.ts'],
      'tests-2': ['測試/a.test.ts'],
    });
  });

  it("exclude fixtures, build output and other people's code", async () => {
    const { now, runs, orphans } = await drafted({
      'a.test.mjs': nodeTest,
      'b.test.mjs': nodeTest,
      'deep/down/c.test.mjs': nodeTest,
      'deep/build/c.test.mjs': nodeTest,
      'vendor/x.test.mjs': nodeTest,
      'dist/a.test.mjs': nodeTest,
      'node_modules/x/a.test.mjs': nodeTest,
      '.cache/a.test.mjs': nodeTest,
      'deep/fixtures/d.test.mjs': nodeTest,
    });
    const suite = [...now.suites.keys()];
    assert.deepEqual(Object.values(runs), [['a.test.mjs', 'b.test.mjs', 'deep/down/c.test.mjs']]);
    assert.equal(suite.length, 1);
    assert.deepEqual(now.ignore, ['deep/fixtures/**', 'deep/build/**', 'vendor/**']);
    assert.deepEqual(orphans, []);
  });

  it('match exactly their files in a hundred mixed projects', async () => {
    let seed = 20250907;
    const pick = <Item>(items: readonly [Item, ...Item[]]): Item => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return items[(seed >> 8) % items.length] ?? items[0];
    };
    for (let round = 0; round < 100; round += 1) {
      const files: Record<string, string> = { 'package.json': pkg({ devDependencies: { mocha: '11' } }) };
      const browser = "import { test } from '@playwright/test';\ntest('x', () => {});\n";
      const expected = new Set<string>();
      for (let number = 0; number < 4 + (round % 12); number += 1) {
        const folder = pick([
          '',
          'src/',
          'test/',
          'test/integration/',
          'src/a/',
          'src/a/b/',
          'e2e/',
          'web/src/',
        ]);
        const ending = pick(['.test.ts', '.test.js', '.spec.js', '.integration.test.ts', '.test.tsx', '.js']);
        const text = pick([nodeTest, vitest, bare, browser, 'export {};\n']);
        const path = `${folder}${pick(['a', 'b', 'c'])}${ending}`;
        files[path] = text;
        const isTest = text !== 'export {};\n' && (ending !== '.js' || /^(?:test|e2e)\//.test(folder));
        if (isTest) expected.add(path);
        else expected.delete(path);
      }
      if (round % 3 === 0) files['web/package.json'] = pkg({}, 'web');
      const { runs, ignore, orphans, draft } = await drafted(files);
      assert.deepEqual(Object.values(runs).flat().sort(), [...expected].sort(), draft.text);
      assert.deepEqual(orphans, draft.unknown, draft.text);
      assert.deepEqual(ignore, [], draft.text);
    }
  });
});

describe('a project that is not in order', () => {
  it('is drafted all the same', async () => {
    const { draft, runs } = await drafted({
      'package.json': '{ "name": 5, "scripts": ["x"], "dependencies": { "pg": 8 } }',
      'broken/package.json': '{ nonsense',
      'compose.yaml': 'services: [\n',
      'docker-compose.yml': 'services: { a: null, b: { image: 5 } }',
      'broken/a.test.mjs': nodeTest,
    });
    assert.deepEqual(draft.unread, ['broken/package.json']);
    assert.deepEqual(Object.values(runs), [['broken/a.test.mjs']]);
  });
});
