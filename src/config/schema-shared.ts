/** The keys that every service has, whatever its kind. */
import * as z from 'zod';
import { duration, expected, globs, names, VARIABLE, variables } from './schema-parts.ts';

export const shared = {
  aliases: names('Other names that `--service` accepts.'),
  needs: names('Services that must be ready first.'),
  limit: z
    .int(expected('a whole number of at least 1'))
    .min(1, expected('a whole number of at least 1'))
    .describe('How many test files may use it at the same time. Default: as many as there are workers.')
    .optional(),
  fixed_port: z
    .int(expected('a port from 1 to 65535'))
    .min(1, expected('a port from 1 to 65535'))
    .max(65_535, expected('a port from 1 to 65535'))
    .describe(
      'Port of 127.0.0.1 at which tests find it, where they have it written in, e.g. 6379. Files that need it then take turns, also with other runs on this machine, and a Redis asks for no password. Default: any free port, known by its variables alone.',
    )
    .optional(),
  url_env: z
    .string(expected('the name of an environment variable'))
    .regex(VARIABLE, expected('the name of an environment variable'))
    .describe(
      'Environment variable that, when set, gives the URL of a running one to use instead. Default: RUNNER_<NAME>_URL.',
    )
    .optional(),
  watches: globs(
    'What it is made of: a change of these files affects the tests that need it (`--changed`, `--watch`). Default: its migrations, the modules that its command starts and what these import, else everything below its `cwd`.',
  ).optional(),
  ready_timeout: duration.describe('How long it may take to become ready. Default: 30s.').optional(),
  export: variables(
    'Variables for the tests and services that need it; values may hold ${url}, ${host}, ${port}, of a store also ${user}, ${password} and ${database}, and the like. Default: DATABASE_URL, REDIS_URL or <NAME>_URL with its URL.',
  ).optional(),
};
