import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drafted, pkg } from './drafted.ts';

const nodeTest = "import { test } from 'node:test';\ntest('works', () => {});\n";

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
