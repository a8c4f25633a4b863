/** The schema of the stores: what each test file gets of one, and how its data come into it. */
import semver from 'semver';
import * as z from 'zod';
import { choice, command, expected, globs, mapping } from './schema-parts.ts';
import { shared } from './schema-shared.ts';

const POSTGRES_ISOLATIONS = ['database', 'schema', 'cluster', 'none'] as const;
const REDIS_ISOLATIONS = ['process', 'database', 'acl-prefix'] as const;

const version = z
  .union([z.string(), z.number()], expected('a version range such as 16 or ">=15"'))
  .transform(String)
  .refine(
    (range) => range.trim() !== '' && semver.validRange(range) !== null,
    expected('a version range such as 16 or ">=15"'),
  );

const image = z
  .string(expected('the name of an image'))
  .regex(/^[a-z0-9][\w.\-/:@]*$/, expected('the name of an image such as postgres:16-alpine'))
  .describe('Image of the provider docker. Default: the official Alpine image that `version` leads to.')
  .optional();

const preparation = (what: 'migrates' | 'fills', description: string) =>
  z
    .union(
      [
        mapping({ files: globs('SQL files, run in the order of their names.') }),
        mapping({
          run: command.describe(
            `Command that ${what} the database at ${'${url}'}, which is also in its DATABASE_URL. It runs in the registry's folder.`,
          ),
          inputs: globs('Files that the result depends on: it is made again when one of them changes.'),
        }),
      ],
      expected('{ files: globs } or { run: command, inputs: globs }'),
    )
    .describe(description);

const SETTING = /^[a-z_][a-z0-9_.]*$/i;
/** What the runner says itself. */
const RESERVED =
  /^(port|listen_addresses|unix_socket_(directories|permissions)|(data|config|hba|ident|external_pid)_(directory|file))$/i;

export const postgres = mapping({
  kind: z.literal('postgres').describe('A PostgreSQL server; each test file gets a database of its own.'),
  version: version.describe('Version range that it must satisfy, e.g. 16 or ">=15".').optional(),
  migrate: preparation(
    'migrates',
    'How the schema comes into an empty database. Done once, then copied for every test file.',
  ).optional(),
  seed: preparation(
    'fills',
    'What is in it besides, after the migrations. A layer of its own: where only the seed has changed, the migrations are not run again.',
  ).optional(),
  isolation: choice(POSTGRES_ISOLATIONS)
    .describe(
      'What a test file has for itself. database: a database and a role. schema: a schema and a role in one database, for servers without CREATEDB. cluster: a server, and its superuser. none: nothing, all files use one database. Default: database.',
    )
    .optional(),
  parallel: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'With `isolation: none`: whether files that share the database may run at the same time. Default: false.',
    )
    .optional(),
  settings: z
    .record(
      z
        .string()
        .regex(SETTING, expected('the name of a server setting, e.g. wal_level'))
        .refine(
          (name) => !RESERVED.test(name),
          expected('another setting: where it listens and keeps its data is the runner’s to say'),
        ),
      z.union([z.string(), z.number(), z.boolean()], expected('a value')).transform(String),
      expected('a mapping of server settings: { <name>: <value> }'),
    )
    .describe('Settings of a server that the runner starts, e.g. { wal_level: logical }.')
    .optional(),
  image,
  ...shared,
}).superRefine(({ isolation, parallel }, context) => {
  if (parallel === undefined || isolation === 'none') return;
  context.addIssue({
    code: 'custom',
    path: ['parallel'],
    message: 'expected "parallel" only with isolation: none',
  });
});

export const redis = mapping({
  kind: z.literal('redis').describe('A Redis server; each test file gets one of its own.'),
  version: version.describe('Version range that it must satisfy, e.g. ">=7".').optional(),
  isolation: choice(REDIS_ISOLATIONS)
    .describe(
      'What a test file has for itself. process: a server. database: a logical database (SELECT n) of one server. acl-prefix: a user of one server that reaches only keys and channels with its prefix, which is in REDIS_PREFIX. Default: process; on a server that runs already: database.',
    )
    .optional(),
  image,
  ...shared,
}).superRefine(({ isolation = 'process', fixed_port: port }, context) => {
  if (port === undefined || isolation === 'process') return;
  context.addIssue({
    code: 'custom',
    path: ['fixed_port'],
    message: 'expected "fixed_port" only with isolation: process, the default',
  });
});
