/** How long something may take: the same keys for categories, suites, files and tests. */
import * as z from 'zod';
import { duration, expected, mapping } from './schema-parts.ts';

const SHARE = expected('a share such as "20%"');
const RUNS = expected('a whole number from 5 to 30');

export const sla = mapping({
  duration: duration
    .describe('The most that it may take, from the beginning of its first file to the end of its last.')
    .optional(),
  p95: duration.describe('The most that 95 of 100 of its tests may take.').optional(),
  slower: z
    .string(SHARE)
    .regex(/^[1-9]\d{0,2}%$/, SHARE)
    .transform((share) => Number.parseInt(share, 10) / 100)
    .describe(
      'How much slower than usual it may be, such as "20%". Usual is the median of recorded runs; what lies within their noise is no breach.',
    )
    .optional(),
  runs: z
    .int(RUNS)
    .min(5, RUNS)
    .max(30, RUNS)
    .describe('Recorded runs that say what is usual. Default: 10.')
    .optional(),
})
  .refine(
    ({ duration: most, p95, slower }) => [most, p95, slower].some((one) => one !== undefined),
    expected('at least one of duration, p95 and slower'),
  )
  .describe('How long it may take. A breach is told, and fails the run where `defaults.sla` is fail.');

export type SlaInput = z.output<typeof sla>;

export const namedSla = z
  .record(
    z.string().regex(/^\S/, expected('a test file, or a test: "<file> > <title>"')),
    sla,
    expected('a mapping of tests: { "<file> > <title>": { duration: 2s } }'),
  )
  .describe('How long test files, or tests as "<file> > <suite> > <title>", may take.');
