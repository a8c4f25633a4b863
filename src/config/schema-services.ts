/** The schema of one service: what it is, how it is had, started, found ready and stopped. */
import * as z from 'zod';
import type { Readiness } from './config.ts';
import { parsePattern } from './pattern.ts';
import {
  choice,
  command,
  duration,
  expected,
  listOf,
  mapping,
  notEmpty,
  oneOf,
  text,
  variables,
} from './schema-parts.ts';
import { shared } from './schema-shared.ts';
import { postgres, redis } from './schema-stores.ts';

const KINDS = ['postgres', 'redis', 'process'] as const;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

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

const stop = mapping({
  signal: choice(SIGNALS).describe('Signal that asks it to stop. Default: SIGTERM.').optional(),
  grace: duration.describe('How long it may take to stop before it is killed. Default: 5s.').optional(),
});

const program = mapping({
  kind: z.literal('process').describe('A program of yours, started for each test file, or as `scope` says.'),
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
  scope: choice(['file', 'worker', 'run'])
    .describe(
      'How long one lives. file: each test file has its own. worker: the next file gets the one before it as it was left, never two at once. run: all files use one. What it needs, its database for example, is then shared in the same way by the files that use it. For services that start slowly or keep nothing. Default: file.',
    )
    .optional(),
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
      'Whether a test file fails after which it outlived its grace and had to be killed. Only with scope file: others do not stop after a file. Default: false.',
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
export const service = z
  .union([short, z.discriminatedUnion('kind', [postgres, redis, program], oneOf(KINDS))], {
    error: 'expected a mapping with "kind", or just the kind: postgres, redis',
  })
  .describe(
    'A real dependency of tests. `name: postgres` and `name: redis` are short for one with every default.',
  );
