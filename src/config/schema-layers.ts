/** Named plans with bars: `layers:`. */
import * as z from 'zod';
import { duration, expected, listOf, mapping, name, names, notEmpty, size, text } from './schema-parts.ts';

const SHARE = expected('a share such as 95% or 99.5%');

const layer = mapping({
  description: text('a text').describe('One line for tables.').optional(),
  categories: listOf(name, 'a name or a list of names')
    .refine(notEmpty, expected('at least one category'))
    .describe('What it consists of. A category belongs to one layer at most.'),
  after: names('Layers that run first where both are selected: its categories come after all of theirs.'),
  within: duration
    .describe(
      'How long it may take, from the beginning of its first file to the end of its last. Default: any time.',
    )
    .optional(),
  memory: size
    .describe('How much memory all of its files that run at the same time may take. Default: no limit.')
    .optional(),
  pass: z
    .string(SHARE)
    .regex(/^(100|\d{1,2}(\.\d{1,2})?)%$/, SHARE)
    .transform((share) => Number(share.slice(0, -1)))
    .describe(
      'The least share of executed tests that must pass, e.g. 95%. With it failures above the bar do not fail the run: they are shown, and the run says so. Default: all.',
    )
    .optional(),
});

export const layers = z
  .record(name, layer, expected('a mapping of names'))
  .describe(
    'Categories that are asked for together, in an order, with bars that hold where a layer is asked for: `--layer core_integration`, or by a profile.',
  )
  .optional();
