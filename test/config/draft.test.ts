import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { discoverFiles } from '../../src/categories/index.ts';
import { type Config, draftRegistry, loadConfig, renderDiagnostics } from '../../src/config/index.ts';
import { project } from '../support/cli.ts';

const nodeTest = "import { test } from 'node:test';\ntest('works', () => {});\n";
const vitest = "import { it } from 'vitest';\nit('works', () => {});\n";
const bare = "describe('it', () => {});\n";

/** Of the text, or of what the whole of it says once its comments are uncommented and every adapter is there. */
function load(dir: string, text: string): Config {
  writeFileSync(join(dir, 'runner.config.yaml'), text);
  const loaded = loadConfig({ cwd: dir, env: {} });
  if (!loaded.ok) throw new Error(`${renderDiagnostics(loaded.error, { color: false, cwd: dir })}\n${text}`);
  return loaded.value;
}

const uncommented = (text: string): string =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^(\s*)# (\s*(?:- |"?[A-Za-z][\w-]*:(?: |$)).*)$/, '$1$2'))
    .filter((line) => !/^\s*adapter: /.test(line))
    .join('\n')
    .replace(/\nignore:\n(?:[ ].*\n|\n)*/, '\n');

async function claims(config: Config): Promise<Record<string, string[]>> {
  const { claimed, conflicts } = await discoverFiles(config);
  assert.deepEqual(conflicts, []);
  const bySuite: Record<string, string[]> = {};
  for (const { id, suite } of claimed) bySuite[suite] = [...(bySuite[suite] ?? []), id];
  return bySuite;
}

/** What each suite claims now, what each would once everything runs, and what stays nobody's. */
async function drafted(files: Readonly<Record<string, string>>) {
  const dir = project(files);
  const draft = await draftRegistry(dir);
  const now = load(dir, draft.text);
  const { orphans } = await discoverFiles(now);
  const ignore = now.ignore;
  const runs = await claims(now);
  const later = load(dir, uncommented(draft.text));
  return { draft, now, later, orphans, ignore, runs, all: await claims(later) };
}

const pkg = (more: object, name = 'shop'): string => JSON.stringify({ name, ...more });

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
      assert.deepEqual(Object.values(runs).flat().sort(), framework === 'node:test' ? tests : []);
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
      { label: 'node:test', runs: true, files: 1, suites: 1 },
      { label: 'Jest', runs: false, files: 0, suites: 0 },
    ]);
  });

  it('only the first 64 KiB of a file are read', async () => {
    const filler = `// ${'x'.repeat(64 * 1024)}\n`;
    const { draft } = await drafted({
      'late.test.mjs': filler + nodeTest,
      'early.test.mjs': nodeTest + filler,
    });
    assert.deepEqual(draft.unknown, ['late.test.mjs']);
    assert.deepEqual(draft.frameworks, [{ label: 'node:test', runs: true, files: 1, suites: 1 }]);
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
      const expected = new Map<string, string>();
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
        const text = pick([nodeTest, vitest, bare, 'export {};\n']);
        const path = `${folder}${pick(['a', 'b', 'c'])}${ending}`;
        files[path] = text;
        const isTest = text !== 'export {};\n' && (ending !== '.js' || /^(?:test|e2e)\//.test(folder));
        if (isTest) expected.set(path, text === nodeTest ? 'now' : 'later');
        else expected.delete(path);
      }
      if (round % 3 === 0) files['web/package.json'] = pkg({}, 'web');
      const { runs, all, ignore, orphans, draft } = await drafted(files);
      const paths = (when?: string) =>
        [...expected].filter(([, one]) => when === undefined || one === when).map(([path]) => path);
      assert.deepEqual(Object.values(runs).flat().sort(), paths('now').sort(), draft.text);
      assert.deepEqual(Object.values(all).flat().sort(), paths().sort(), draft.text);
      assert.deepEqual(orphans, draft.unknown, draft.text);
      assert.equal(ignore.length === 0, paths('later').length === 0, draft.text);
    }
  });
});

describe('services', () => {
  const uses = (what: string): string => `${nodeTest}console.log(process.env.${what});\n`;

  it('a driver and SQL migrations are certain', async () => {
    const { now } = await drafted({
      'package.json': pkg({ dependencies: { pg: '8', bullmq: '5' } }),
      'docker-compose.yml': 'services:\n  db: { image: docker.io/library/postgres:15.4-alpine }\n',
      'db/migrations/001_a.sql': 'create table a ();',
      'db.test.mjs': uses('DATABASE_URL'),
    });
    const [postgres, redis] = [...now.services.values()];
    assert.ok(postgres?.kind === 'postgres' && redis?.kind === 'redis');
    assert.deepEqual(
      [postgres.version, postgres.migrate],
      ['15', { kind: 'sql', files: ['db/migrations/*.sql'] }],
    );
    assert.equal(redis.version, null);
    assert.deepEqual(now.suites.get('shop')?.needs, ['postgres']);
  });

  it('what is guessed is a comment, and complete', async () => {
    const { draft, now, later } = await drafted({
      'package.json': pkg({ dependencies: { knex: '3' }, scripts: { start: 'node server.mjs --quiet' } }),
      'server.mjs': "listen(process.env.PORT);\nget('/healthz', ok);\n",
      'compose.yml': 'services: { cache: { image: "redis:7.2" } }',
      'a.test.mjs': `${uses('DATABASE_URL')}process.env.REDIS_URL = 'redis://nowhere';\n`,
    });
    assert.deepEqual(draft.services, { active: [], suggested: ['postgres', 'redis', 'shop'], needed: false });
    assert.deepEqual([...now.services.keys(), ...(now.suites.get('shop')?.needs ?? [])], []);
    assert.deepEqual([...later.services.keys()], ['postgres', 'redis', 'shop']);
    assert.deepEqual(later.suites.get('shop')?.needs, ['postgres']);
    const shop = later.services.get('shop');
    assert.ok(shop?.kind === 'process');
    assert.deepEqual(
      [shop.run, shop.env, shop.ready],
      [
        ['node', 'server.mjs', '--quiet'],
        { PORT: '${port}' },
        { kind: 'http', path: '/healthz', expect: null },
      ],
    );
  });

  const migrations: readonly [string, Record<string, string>, unknown, certain: boolean][] = [
    [
      'Prisma on PostgreSQL',
      {
        'package.json': pkg({ dependencies: { '@prisma/client': '6' } }),
        'prisma/schema.prisma': 'datasource db {\n provider = "postgresql"\n url = env("DATABASE_URL")\n}\n',
        'prisma/migrations/1_init/migration.sql': '',
      },
      { kind: 'command', run: ['npx', 'prisma', 'migrate', 'deploy'], inputs: ['prisma/migrations/**'] },
      true,
    ],
    [
      'node-pg-migrate in a package',
      {
        'package.json': pkg({}),
        'api/package.json': pkg({ dependencies: { pg: '8', 'node-pg-migrate': '8' } }, 'api'),
        'api/migrations/1_a.js': '',
      },
      {
        kind: 'command',
        run: ['npx', 'node-pg-migrate', 'up', '-m', 'api/migrations'],
        inputs: ['api/migrations/**'],
      },
      true,
    ],
    [
      'Alembic that reads DATABASE_URL',
      {
        'pyproject.toml': '[project]\nname = "api"\ndependencies = ["psycopg[binary]>=3.1", "alembic"]\n',
        'alembic.ini': '[alembic]\nscript_location = migrations\n',
        'migrations/env.py': 'url = os.environ["DATABASE_URL"]\n',
      },
      { kind: 'command', run: ['alembic', 'upgrade', 'head'], inputs: ['migrations/**'] },
      true,
    ],
    [
      'Alembic with a URL of its own',
      { 'requirements.txt': 'psycopg2-binary==2.9\n', 'alembic.ini': '', 'alembic/env.py': '' },
      { kind: 'command', run: ['alembic', 'upgrade', 'head'], inputs: ['alembic/**'] },
      false,
    ],
    [
      'SQL files in pairs',
      {
        'package.json': pkg({ dependencies: { pg: '8' } }),
        'migrations/1_a.up.sql': '',
        'migrations/1_a.down.sql': '',
      },
      { kind: 'sql', files: ['migrations/*.up.sql'] },
      true,
    ],
    [
      'SQL files whose names are not in the order of their numbers',
      {
        'package.json': pkg({ dependencies: { pg: '8' } }),
        'migrations/V2__b.sql': '',
        'migrations/V10__c.sql': '',
      },
      { kind: 'sql', files: ['migrations/*.sql'] },
      false,
    ],
    [
      'SQL files that hold the way down',
      {
        'package.json': pkg({ dependencies: { pg: '8' } }),
        'db/migrations/1.sql': '-- migrate:up\n-- migrate:down\n',
      },
      { kind: 'sql', files: ['db/migrations/*.sql'] },
      false,
    ],
  ];
  for (const [title, files, expected, certain] of migrations) {
    it(`migrations: ${title}`, async () => {
      const { now, later } = await drafted({ ...files, 'a.test.mjs': nodeTest });
      const service = later.services.get('postgres');
      assert.ok(service?.kind === 'postgres');
      assert.deepEqual(service.migrate, expected);
      assert.equal(now.services.has('postgres'), certain);
    });
  }

  it('Prisma on another database is no PostgreSQL', async () => {
    const { later } = await drafted({
      'package.json': pkg({ dependencies: { prisma: '6' } }),
      'prisma/schema.prisma': 'datasource db { provider = "sqlite" }',
    });
    assert.deepEqual([...later.services.keys()], []);
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
