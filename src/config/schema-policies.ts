/** How files are run: parts of the schema that defaults, profiles, categories and suites have in common. */
import * as z from 'zod';
import { FAIL_FAST, type FailFast, type LockConfig, parseFailFast, type RetryPolicy } from './policies.ts';
import { choice, duration, expected, listOf, mapping, name, size, text } from './schema-parts.ts';
import { parseSkipBudget, SKIP_BUDGET, SKIPPED, type SkipBudget } from './skip-budget.ts';

const MOST_RETRIES = 100;
export const COUNT = expected(`a whole number from 0 to ${MOST_RETRIES}`);

const count = z.int(COUNT).min(0, COUNT).max(MOST_RETRIES, COUNT);

const WORKERS = expected('auto, a whole number of at least 1, or a share such as "50%"');

export const workers = z.union(
  [z.literal('auto'), z.int().min(1, WORKERS), z.string().regex(/^[1-9]\d{0,3}%$/, WORKERS)],
  WORKERS,
);

export const reports = listOf(
  z.string().regex(/^[a-z]+(=[^,]+)?$/, expected('the name of a report, or name=path')),
  'the name of a report, or a list of names, each with =path where it goes elsewhere',
);

/** A number, or a number with what happens between the runs. */
export const retries = z
  .union(
    [
      count,
      mapping({
        count: count.describe('Runs after the first one.'),
        backoff: choice(['fixed', 'exponential'])
          .describe('exponential: the delay doubles from retry to retry, up to a minute. Default: fixed.')
          .optional(),
        delay: duration.describe('Time before the first retry. Default: none.').optional(),
        isolated: z
          .boolean(expected('true or false, without quotes'))
          .describe('Run it again when nothing else does, at the end. Default: false.')
          .optional(),
      }),
    ],
    expected(
      'a whole number, or a mapping such as { count: 2, backoff: exponential, delay: 1s, isolated: true }',
    ),
  )
  .transform((value): RetryPolicy => {
    const {
      backoff = 'fixed',
      delay = 0,
      isolated = false,
      ...of
    } = typeof value === 'number' ? { count: value } : value;
    return { count: of.count, backoff, delay, isolated };
  });

/** A number of tests, or a share of them. */
export const maxSkipped = z
  .union(
    [
      z.int(expected(SKIP_BUDGET)).min(0, expected(SKIP_BUDGET)),
      z.string().meta({ pattern: SKIPPED.source, examples: ['2%', '0.5%'] }),
    ],
    expected(SKIP_BUDGET),
  )
  .transform((value, context): SkipBudget => {
    const parsed = parseSkipBudget(String(value));
    if (parsed !== null) return parsed;
    context.issues.push({ code: 'custom', message: expected(SKIP_BUDGET).error, input: value });
    return z.NEVER;
  });

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** A day that the calendar has: `2026-02-30` reads as a date and is none. */
const isDay = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

export const quarantine = z
  .record(
    z.string().regex(/^\S/, expected('a test file, or a test: "<file> > <title>"')),
    mapping({
      owner: text('a name').describe('Who sees to it.'),
      reason: text('a text').describe('Why it may fail until then.'),
      expires: z
        .string(expected('a date such as 2026-12-31'))
        .regex(DATE, expected('a date such as 2026-12-31'))
        .refine(isDay, expected('a day of the calendar'))
        .describe('The first day, in UTC, on which it excuses nothing any more: `2026-12-31`.'),
    }),
    expected('a mapping of tests: { "<file> > <title>": { owner, reason, expires } }'),
  )
  .describe(
    'Test files, or tests as "<file> > <suite> > <title>", that may fail for a while without failing the run.',
  );

const FAIL_FAST_WORDS = `expected one of: ${FAIL_FAST.join(', ')}, threshold=20%`;

export const failFast = z.string({ error: FAIL_FAST_WORDS }).transform((value, context): FailFast => {
  const parsed = parseFailFast(value);
  if (parsed !== null) return parsed;
  context.issues.push({ code: 'custom', message: FAIL_FAST_WORDS, input: value });
  return z.NEVER;
});

/** Limits of a file besides its whole time: the same keys at every level. */
export const limits = {
  memory: size
    .describe('How much memory the processes of one file may take in all, e.g. 512MB. Default: no limit.')
    .optional(),
  idle_timeout: duration
    .describe('How long a file may show no sign of life: no event, no output. Default: no limit.')
    .optional(),
  slow_after: duration
    .describe('After how long a file that still runs is called slow. Default: never.')
    .optional(),
  grace: duration
    .describe('Time between SIGTERM and SIGKILL for a file that has to end. Default: 2s.')
    .optional(),
};

const LOCKS = 'a name, a list of names, or a mapping such as { db: shared, port-8080: exclusive }';

/** Names alone are exclusive. */
export const locks = z
  .union(
    [name, z.array(name), z.record(name, choice(['shared', 'exclusive']), expected(LOCKS))],
    expected(LOCKS),
  )
  .transform((value): readonly LockConfig[] => {
    if (typeof value === 'string') return [{ name: value, mode: 'exclusive' }];
    if (Array.isArray(value)) return [...new Set(value)].map((name) => ({ name, mode: 'exclusive' }));
    return Object.entries(value).map(([name, mode]) => ({ name, mode }));
  });
