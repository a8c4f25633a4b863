/** How test files are audited: `audit:`. */
import * as z from 'zod';
import { choice, expected, globs, listOf, mapping, text } from './schema-parts.ts';

const ruleId = z
  .string(expected('the id of a rule'))
  .regex(/^[a-z][a-z0-9-]*$/, expected('the id of a rule'));
const lines = z
  .int(expected('a whole number of at least 1'))
  .min(1, expected('a whole number of at least 1'));

export const audit = mapping({
  files: globs('Which test files of the suites are audited. Default: all.').optional(),
  rules: globs('Files with rules of the project: lists like those of the audit itself.').optional(),
  helpers: globs('What test files share, e.g. tests/support/**/*.ts: audited like them.').optional(),
  levels: z
    .record(
      ruleId,
      choice(['error', 'warning', 'off']),
      expected('a mapping: { <rule>: error, warning or off }'),
    )
    .describe('How much a rule matters. Default: error; off for business-value.')
    .optional(),
  limits: mapping({
    file: lines.describe('Most lines of a file. Default: 400.').optional(),
    function: lines.describe('Most lines of a function. Default: 50.').optional(),
  })
    .describe('Sizes that long-file and long-function allow.')
    .optional(),
  tags: listOf(text('a tag'), 'a tag or a list of tags')
    .describe(
      'What tests may be marked with, besides the tags of suites and categories, and the markers of pytest.',
    )
    .optional(),
  allow: listOf(
    mapping({
      rule: ruleId.describe('The rule that does not hold there.'),
      files: globs('The files.'),
      reason: text('a reason').describe('Why it is right as it is.'),
    }),
    'an exception or a list of them',
  )
    .describe(
      'Exceptions for whole files, each with its reason. For single lines: a comment "audit-ignore <rule>: reason".',
    )
    .optional(),
  baseline: text('a file').describe('Findings that were there already; only others count.').optional(),
  threshold: z
    .number(expected('a number from 0 to 100'))
    .min(0, expected('a number from 0 to 100'))
    .max(100, expected('a number from 0 to 100'))
    .describe('Least score; a lower one fails the audit, whatever the findings are.')
    .optional(),
})
  .describe('How `runner audit` looks at test files.')
  .optional();
