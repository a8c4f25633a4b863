/**
 * What may stand in a registry, as one zod schema. It checks and turns text into values (durations into ms, single items
 * into lists); whether names exist is checked afterwards, in `references.ts`.
 *
 * Words: a message here says what was expected and begins with "expected". Where it lists names, it is
 * "expected one of: a, b": the nearest is found from it. What was given is added by `issues.ts`.
 */
import semver from 'semver';
import * as z from 'zod';
import { splitCommand } from './command.ts';
import { PRIORITIES, type Readiness, SUITE_PRIORITIES } from './config.ts';
import { DURATION, parseDuration } from './duration.ts';
import { globProblem, plainGlob } from './glob.ts';
import { parsePattern } from './pattern.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const INCIDENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KINDS = ['postgres', 'redis', 'process'] as const;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

const expected = (what: string): { readonly error: string } => ({ error: `expected ${what}` });
const oneOf = (names: readonly string[]): { readonly error: string } =>
  expected(`one of: ${names.join(', ')}`);

/** A mapping with known keys only. */
function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = oneOf(Object.keys(shape)).error;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : 'expected a mapping ("key: value" lines)'),
  });
}

const choice = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, oneOf(names));

const text = (what: string) => z.string(expected(what)).min(1, expected(what));

/** Names of things in the registry; whether they exist is checked later. */
const name = z
  .string(expected('a name'))
  .regex(NAME, expected('a name: letters, digits, "_" and "-", a letter first'));

/** One item or a list of them; a list comes out. */
function listOf<Item extends z.ZodType>(item: Item, what: string) {
  return z
    .union([item, z.array(item)], expected(what))
    .transform((value): z.output<Item>[] => (Array.isArray(value) ? value : [value]));
}

const notEmpty = (list: readonly unknown[]): boolean => list.length > 0;

const names = (description: string) =>
  listOf(name, 'a name or a list of names').describe(description).optional();

const duration = z
  .string({ error: (issue) => durationExpected(issue.input) })
  .meta({ pattern: DURATION.source, examples: ['250ms', '60s', '10m', '1.5h'] })
  .transform((value, context): number => {
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.error, input: value });
    return z.NEVER;
  });

function durationExpected(input: unknown): string {
  const parsed = parseDuration(String(input));
  return parsed.ok ? '' : parsed.error;
}

const glob = text('a glob').superRefine((value, context) => {
  const problem = globProblem(value);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem.hint });
});
const globs = (description: string) =>
  listOf(glob, 'a glob or a list of globs')
    .refine((list) => list.some((one) => !one.startsWith('!')), expected('at least one glob without "!"'))
    .transform((list) => list.map(plainGlob))
    .describe(description);

/** A list is taken as it is; a text is split at spaces, there is no shell. */
const command = z
  .union(
    [text('a program'), z.array(text('a text')).min(1, expected('a program and its arguments'))],
    expected('a list such as [node, server.mjs]'),
  )
  .transform((value, context): readonly string[] => {
    if (Array.isArray(value)) return value;
    const words = splitCommand(value);
    if (words.ok) return words.value;
    context.issues.push({ code: 'custom', message: words.error, input: value });
    return z.NEVER;
  });

const variables = (description: string) =>
  z
    .record(
      z.string().regex(VARIABLE, expected('the name of an environment variable')),
      z
        .union([z.string(), z.number(), z.boolean()], expected('a text (write "" for an empty one)'))
        .transform(String),
      expected('a mapping of variables: { NAME: value }'),
    )
    .describe(description);

const version = z
  .union([z.string(), z.number()], expected('a version range such as 16 or ">=15"'))
  .transform(String)
  .refine(
    (range) => range.trim() !== '' && semver.validRange(range) !== null,
    expected('a version range such as 16 or ">=15"'),
  );

const urlPath = z
  .string(expected('a path such as /health'))
  .regex(/^\/[^\s$]*$/, expected('a path that begins with "/" and holds no ${…}'));

type ReadinessInput = {
  http?: string | undefined;
  ws?: string | undefined;
  expect?: number | undefined;
  tcp?: true | undefined;
  started?: true | undefined;
  completed?: true | undefined;
  log?: string | undefined;
  exec?: string | string[] | undefined;
  sql?: string | undefined;
  redis?: string | string[] | undefined;
  all?: ReadinessInput | ReadinessInput[] | undefined;
  any?: ReadinessInput | ReadinessInput[] | undefined;
};

const WAYS = [
  'http',
  'ws',
  'tcp',
  'log',
  'exec',
  'sql',
  'redis',
  'started',
  'completed',
  'all',
  'any',
] as const;

/** A condition among others that is true at once, or only after the end, is a mistake. */
const canBeJoined = (of: readonly Readiness[]): boolean =>
  of.every(({ kind }) => kind !== 'started' && kind !== 'completed');

const readiness: z.ZodType<Readiness, ReadinessInput> = z
  .lazy(() =>
    mapping({
      http: urlPath
        .describe('GET this path; ready when the status is `expect`, by default any 2xx.')
        .optional(),
      ws: urlPath
        .describe(
          'Open a WebSocket on this path; ready when the handshake ends as `expect` says, by default accepted.',
        )
        .optional(),
      expect: z
        .int(expected('an HTTP status'))
        .min(100, expected('an HTTP status'))
        .max(599, expected('an HTTP status'))
        .describe('HTTP status that means ready, for http and ws, e.g. 401 for a guarded WebSocket.')
        .optional(),
      tcp: z.literal(true, expected('true')).describe('Ready when the port accepts a connection.').optional(),
      log: text('a regular expression')
        .superRefine((value, context) => {
          const pattern = parsePattern(value);
          if (!pattern.ok)
            context.addIssue({
              code: 'custom',
              message: `expected a regular expression, but ${pattern.error}`,
            });
        })
        .describe('Ready when a line of its output matches this regular expression.')
        .optional(),
      exec: command.describe('Ready when this command exits with 0.').optional(),
      sql: text('a statement')
        .describe(
          'Ready when this statement gives a row, in the database of the Postgres that it needs (the first, if several).',
        )
        .optional(),
      redis: command
        .describe(
          'Ready when this command, e.g. [EXISTS, ready], answers neither nil nor 0, on the Redis that it needs (the first, if several).',
        )
        .optional(),
      started: z
        .literal(true, expected('true'))
        .describe('Ready as soon as it runs: who needs it copes until it answers.')
        .optional(),
      completed: z
        .literal(true, expected('true'))
        .describe('A job: what needs it waits until it has ended with 0; any other end is a failure.')
        .optional(),
      all: listOf(readiness, 'a list of checks')
        .refine(notEmpty, expected('at least one check'))
        .refine(canBeJoined, expected('no "started" and no "completed" among others'))
        .describe('Ready when all of these are.')
        .optional(),
      any: listOf(readiness, 'a list of checks')
        .refine(notEmpty, expected('at least one check'))
        .refine(canBeJoined, expected('no "started" and no "completed" among others'))
        .describe('Ready when one of these is.')
        .optional(),
    }),
  )
  .transform((value, context): Readiness => {
    const given = WAYS.filter((way) => value[way] !== undefined);
    if (given.length !== 1) {
      context.issues.push({
        code: 'custom',
        message: `expected exactly one of: ${WAYS.join(', ')}`,
        input: value,
      });
      return z.NEVER;
    }
    if (value.expect !== undefined && value.http === undefined && value.ws === undefined) {
      context.issues.push({
        code: 'custom',
        message: 'expected "expect" only with http or ws',
        input: value,
        path: ['expect'],
      });
    }
    const expect = value.expect ?? null;
    if (value.http !== undefined) return { kind: 'http', path: value.http, expect };
    if (value.ws !== undefined) return { kind: 'ws', path: value.ws, expect };
    if (value.log !== undefined) return { kind: 'log', pattern: value.log };
    if (value.exec !== undefined) return { kind: 'exec', run: value.exec };
    if (value.sql !== undefined) return { kind: 'sql', statement: value.sql };
    if (value.redis !== undefined) return { kind: 'redis', command: value.redis };
    if (value.all !== undefined) return { kind: 'all', of: value.all };
    if (value.any !== undefined) return { kind: 'any', of: value.any };
    if (value.started !== undefined) return { kind: 'started' };
    if (value.completed !== undefined) return { kind: 'completed' };
    return { kind: 'tcp' };
  })
  .meta({
    id: 'Readiness',
    description: 'How to tell that a service is ready: one way, or several joined by `all` or `any`.',
  });

const shared = {
  aliases: names('Other names that `--service` accepts.'),
  needs: names('Services that must be ready first.'),
  url_env: z
    .string(expected('the name of an environment variable'))
    .regex(VARIABLE, expected('the name of an environment variable'))
    .describe(
      'Environment variable that, when set, gives the URL of a running one to use instead. Default: RUNNER_<NAME>_URL.',
    )
    .optional(),
  ready_timeout: duration.describe('How long it may take to become ready. Default: 30s.').optional(),
  export: variables(
    'Variables for the tests and services that need it; values may hold ${url}, ${port} and the like. Default: DATABASE_URL, REDIS_URL or <NAME>_URL with its URL.',
  ).optional(),
};

const migration = z
  .union(
    [
      mapping({ files: globs('SQL files, run in the order of their names.') }),
      mapping({
        run: command.describe('Command that migrates the empty database at ${url}.'),
        inputs: globs('Files that the result depends on: it is made again when one of them changes.'),
      }),
    ],
    expected('{ files: globs } or { run: command, inputs: globs }'),
  )
  .describe('How the schema comes into an empty database. Done once, then copied for every test file.');

const postgres = mapping({
  kind: z.literal('postgres').describe('A PostgreSQL server; each test file gets a database of its own.'),
  version: version.describe('Version range that it must satisfy, e.g. 16 or ">=15".').optional(),
  migrate: migration.optional(),
  ...shared,
});

const redis = mapping({
  kind: z.literal('redis').describe('A Redis server; each test file gets one of its own.'),
  version: version.describe('Version range that it must satisfy, e.g. ">=7".').optional(),
  ...shared,
});

const stop = mapping({
  signal: choice(SIGNALS).describe('Signal that asks it to stop. Default: SIGTERM.').optional(),
  grace: duration.describe('How long it may take to stop before it is killed. Default: 5s.').optional(),
});

const program = mapping({
  kind: z.literal('process').describe('A program of yours, started for each test file.'),
  run: command.describe(
    'Program and arguments; may hold ${port} and the like. A text is split at spaces, there is no shell.',
  ),
  cwd: text('a folder')
    .refine((folder) => !folder.includes('${'), expected('a folder without ${…}'))
    .describe("Folder to start it in, relative to the registry's. Default: the registry's folder.")
    .optional(),
  env: variables(
    'Environment variables for it; values may hold ${port}, ${services.<name>.url}, ${secret.<name>} and the like.',
  ).optional(),
  ready: readiness
    .optional()
    .describe('How to tell that it is ready. Default: its port accepts a connection.'),
  stop: stop.describe('How it is stopped.').optional(),
  restart: z
    .union(
      [
        choice(['never', 'on-failure']),
        mapping({
          on_failure: z
            .int(expected('a whole number of at least 1'))
            .min(1, expected('a whole number of at least 1'))
            .describe('How often in one lease.'),
        }),
      ],
      expected('never, on-failure or { on_failure: <how often> }'),
    )
    .describe(
      'What happens when it ends by itself with a failure while tests use it. never: they are infra-failed. on-failure: it is started again on the same port, at most 3 times, and the run says so. Default: never.',
    )
    .optional(),
  enforce_graceful_stop: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'Whether a test file fails after which it outlived its grace and had to be killed. Default: false.',
    )
    .optional(),
  evidence: choice(['gate', 'none'])
    .describe(
      'gate: tests reach it at an address of the runner that counts what they send. none: at its own address, e.g. because it insists on it; then nothing is known of their traffic. Default: gate.',
    )
    .optional(),
  ...shared,
});

const short = choice(['postgres', 'redis']).transform(
  (kind): z.output<typeof postgres> | z.output<typeof redis> => (kind === 'postgres' ? { kind } : { kind }),
);
const service = z
  .union([short, z.discriminatedUnion('kind', [postgres, redis, program], oneOf(KINDS))], {
    error: 'expected a mapping with "kind", or just the kind: postgres, redis',
  })
  .describe(
    'A real dependency of tests. `name: postgres` and `name: redis` are short for one with every default.',
  );

const category = mapping({
  priority: choice(PRIORITIES)
    .describe('Order among categories that do not depend on each other. Default: medium.')
    .optional(),
  description: text('a text').describe('One line for tables.').optional(),
  after: names('Categories that run first where both are selected.'),
  needs: names('Services that every suite of it needs.'),
  timeout: duration.describe('How long one file may take. Default: defaults.timeout.').optional(),
  floor: z
    .int(expected('a whole number of at least 1'))
    .min(1, expected('a whole number of at least 1'))
    .describe('Least number of tests that a whole run of it executes; fewer is a failure.')
    .optional(),
  tags: names('What `--tag` selects its suites by.'),
});

const suite = mapping({
  title: text('a text').describe('One line for tables. Default: its name.').optional(),
  category: name.describe('The category that it belongs to.'),
  service: name.describe('The service that it is about: what `--service` selects it by.').optional(),
  priority: choice(SUITE_PRIORITIES).describe('Order inside its category. Default: P2.').optional(),
  files: globs('Its test files: globs relative to the registry, "!" in front excludes.'),
  adapter: choice(['node']).describe('What runs its files. Default: node.').optional(),
  needs: names('Services that each of its files needs, without what those need in turn.'),
  also_needs: z
    .record(glob, listOf(name, 'a name or a list of names'), expected('a mapping: { <glob>: <services> }'))
    .describe('Services that only some of its files need: globs of files, each with its services.')
    .optional(),
  tags: names('What `--tag` selects it by.'),
  timeout: duration.describe("How long one file may take. Default: its category's.").optional(),
  bundle: choice(['auto', 'on', 'off'])
    .describe('Whether its files are bundled before they run. Default: defaults.bundle.')
    .optional(),
  faults: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'Put a proxy in front of each service, for its tests and for the services among themselves; tests command them by the Toxiproxy API at RUNNER_FAULTS_URL: latency, bandwidth, resets and the like. Default: false.',
    )
    .optional(),
  env: variables('Extra environment variables for its test processes.').optional(),
  black_box: globs(
    'Those of its files that need nothing but the URLs of services: they also run where `deployed: true`.',
  ).optional(),
  writes: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'Whether its tests change anything. Where `writes: refused`, only suites with false run. Default: true.',
    )
    .optional(),
});

const incident = mapping({
  symptom: text('a text').describe('What people saw.'),
  cause: text('a text').describe('What was wrong.'),
  value: text('a text').describe('The exact bad value, where there was one.').optional(),
  guards: listOf(
    z
      .string(expected('a test: "<file> > <title>"'))
      .regex(/^\S.* > .+$/, expected('a test: "<file> > <title>"')),
    'a test or a list of tests',
  )
    .refine(notEmpty, expected('at least one test'))
    .describe('Tests that keep it from coming back: "<file> > <suite> > <title>". All must pass.'),
});

const environment = mapping({
  env: variables('Variables for services and tests; values may hold ${env.NAME}.').optional(),
  services: z
    .record(
      name,
      mapping({ url: text('a URL').describe('Where it answers; may hold ${env.NAME}.') }),
      expected('a mapping: { <service>: { url: … } }'),
    )
    .describe('Services that are deployed already: they are used, never started.')
    .optional(),
  deployed: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'The product runs there already: nothing is started, and only `black_box` files apply. Default: false.',
    )
    .optional(),
  writes: choice(['allowed', 'refused'])
    .describe('refused: suites that write do not run there. Default: allowed.')
    .optional(),
  consent: z
    .boolean(expected('true or false, without quotes'))
    .describe('Refuse to start without --allow-<name>. Default: false.')
    .optional(),
});

const section = <Value extends z.ZodType>(value: Value, description: string) =>
  z.record(name, value, expected('a mapping of names')).describe(description).optional();

export const registrySchema = mapping({
  version: z.literal(1, expected('1, the only version there is')).describe('Version of this format: 1.'),
  name: text('a name').describe("Name of the product. Default: the folder's.").optional(),
  defaults: mapping({
    workers: z
      .union(
        [
          z.literal('auto'),
          z.int().min(1, expected('auto, a whole number of at least 1, or a share such as "50%"')),
          z
            .string()
            .regex(
              /^(100|[1-9]\d?)%$/,
              expected('auto, a whole number of at least 1, or a share such as "50%"'),
            ),
        ],
        expected('auto, a whole number of at least 1, or a share such as "50%"'),
      )
      .describe(
        'Files at a time: auto (one a core), a number, or a share of the cores such as "50%". Default: auto.',
      )
      .optional(),
    timeout: duration.describe('How long one file may take. Default: 60s.').optional(),
    bundle: choice(['auto', 'on', 'off'])
      .describe(
        'Whether test files are bundled before they run. auto leaves alone what bundling could change. Default: auto.',
      )
      .optional(),
    env: name.describe('The environment of a run without --env. Default: test.').optional(),
  })
    .describe('Settings for everything that has none of its own.')
    .optional(),
  ignore: listOf(glob, 'a glob or a list of globs')
    .refine((list) => list.every((one) => !one.startsWith('!')), expected('globs without "!"'))
    .transform((list) => list.map(plainGlob))
    .describe("Globs of files that look like tests and are nobody's on purpose, e.g. fixtures.")
    .optional(),
  services: section(service, 'Real dependencies of tests, by name.'),
  categories: section(
    category,
    'Groups of suites that run together. Without this section the suites name them.',
  ),
  suites: section(suite, 'Sets of test files with the same settings. A test file belongs to one suite.'),
  environments: section(
    environment,
    'Where tests run, by name. `test` is always there: everything is started for the run.',
  ),
  incidents: z
    .record(
      z.string().regex(INCIDENT, expected('an id: letters, digits, "-", "_" and "."')),
      incident,
      expected('a mapping of ids'),
    )
    .describe('What went wrong once, with the tests that keep it from coming back.')
    .optional(),
});

/** A registry that has the right shape, defaults not yet filled in. */
export type Registry = z.output<typeof registrySchema>;
export type RegistryService = NonNullable<Registry['services']>[string];
