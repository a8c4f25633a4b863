/** What must hold before a deploy: `gate:`. */
import * as z from 'zod';
import { SUITE_PRIORITIES } from './config.ts';
import { choice, duration, expected, listOf, mapping, name, text } from './schema-parts.ts';
import { proofDemand } from './schema-proof.ts';

const count = z
  .int(expected('a whole number of at least 0'))
  .min(0, expected('a whole number of at least 0'));

export const gate = mapping({
  priorities: listOf(choice(SUITE_PRIORITIES), 'a priority or a list of priorities')
    .describe('Suites that must pass, by their priority. Default: P0.')
    .optional(),
  env: name.describe('Environment that these suites run in. Default: defaults.env.').optional(),
  floors: z
    .record(
      name,
      z.int(expected('a whole number of at least 1')).min(1, expected('a whole number of at least 1')),
      expected('a mapping: { <suite>: <tests> }'),
    )
    .describe('Least number of tests that a suite executes.')
    .optional(),
  pins: z
    .record(name, text('a version in quotes'), expected('a mapping: { <service>: "<version>" }'))
    .describe(
      'The exact version that each store must have had. Default: its version in services, where that is exact.',
    )
    .optional(),
  flaky: count.describe('Most tests that may pass only when they are run again. Default: 0.').optional(),
  skipped: count.describe('Most tests that may be skipped. Default: 0.').optional(),
  audit: z
    .number(expected('a number from 0 to 100'))
    .min(0, expected('a number from 0 to 100'))
    .max(100, expected('a number from 0 to 100'))
    .describe(
      'Least score of the audit. Default: audit.threshold; without it the audit must only be without errors.',
    )
    .optional(),
  proof: proofDemand,
  within: duration.describe('How long the suites may take in all.').optional(),
})
  .describe('What `runner predeploy` asks before it says GO.')
  .optional();
