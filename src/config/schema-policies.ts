/** How files are run again: parts of the schema that defaults, categories and suites have in common. */
import * as z from 'zod';
import type { RetryPolicy } from './config.ts';
import { choice, duration, expected, mapping } from './schema-parts.ts';

const MOST_RETRIES = 100;
const COUNT = expected(`a whole number from 0 to ${MOST_RETRIES}`);

const count = z.int(COUNT).min(0, COUNT).max(MOST_RETRIES, COUNT);

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
