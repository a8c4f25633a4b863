/** How tests are shown to notice: `proof:`, and what the gate asks of it. */
import * as z from 'zod';
import { choice, command, expected, mapping, name, names, text, VARIABLE } from './schema-parts.ts';

const carriers = names(
  'Services that carry the fault: only files that need one of them, or import the changed file, can notice it. Default: any file may.',
);

const mutation = mapping({
  breaks: text('what it breaks').describe('The contract that it breaks, in words.'),
  file: text('a file').describe('The file that is changed, in a copy of the project.'),
  find: text('a text').describe('What stands there, exactly once.'),
  replace: z.string(expected('a text (write "" for an empty one)')).describe('What stands there instead.'),
  services: carriers,
});

const switches = mapping({
  module: text('a file').describe(
    'Module of the project that exports MUTATIONS, or a default: { <name>: <what it breaks> }.',
  ),
  variable: z
    .string(expected('the name of an environment variable'))
    .regex(VARIABLE, expected('the name of an environment variable'))
    .describe('Variable that switches one of them on, by its name, in tests and services.'),
  services: carriers,
});

export const proof = mapping({
  vacuous: choice(['warn', 'fail'])
    .describe('What a vacuous test is to `runner prove`: named, or exit 100. Default: warn.')
    .optional(),
  build: command
    .describe(
      'Command that builds the copy of the project after each change, before anything is started in it.',
    )
    .optional(),
  mutations: z
    .record(name, mutation, expected('a mapping of names'))
    .describe('Faults of the product that tests must notice, by name. Each is made in a copy of the project.')
    .optional(),
  switches: switches
    .describe('Faults that the product itself has built in for tests, switched on by a variable.')
    .optional(),
})
  .describe('What `runner prove` does besides taking services away.')
  .optional();

const DAY = 24 * 60 * 60 * 1000;
const AGE = /^([1-9]\d{0,3})(h|d)$/;
const FRESH = 'content, or an age such as 12h or 30d';

export const proofDemand = mapping({
  fresh: z
    .string(expected(FRESH))
    .regex(/^(?:content|[1-9]\d{0,3}[hd])$/, expected(FRESH))
    .transform((value): number | 'content' => {
      const [, number, unit] = AGE.exec(value) ?? [];
      return number === undefined ? 'content' : Number(number) * (unit === 'd' ? DAY : DAY / 24);
    })
    .describe(
      'content: each proof must be of the files as they are now. An age: it must not be older than that besides. Default: content.',
    )
    .optional(),
  vacuous: z
    .int(expected('a whole number of at least 0'))
    .min(0, expected('a whole number of at least 0'))
    .describe('Most vacuous tests. Default: 0.')
    .optional(),
})
  .describe('Each file that counts must be proven by `runner prove`.')
  .optional();
