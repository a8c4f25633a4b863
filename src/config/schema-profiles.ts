/** Named settings of a whole run: `profiles:`. Each key means what the flag of its name means. */
import * as z from 'zod';
import { choice, duration, expected, mapping, name, names, text } from './schema-parts.ts';
import { COUNT, failFast, maxSkipped, reports, workers } from './schema-policies.ts';

const yesOrNo = z.boolean(expected('true or false, without quotes'));

const MOST = expected('a whole number of at least 1');
const SHUFFLE = expected('true, or a seed: a whole number of at most nine digits');

const profile = mapping({
  description: text('a text').describe('One line for tables.').optional(),
  extends: name
    .describe('A profile that it goes on from: what it does not say itself is taken from there.')
    .optional(),
  categories: names('What runs where the command line selects nothing itself.'),
  layers: names('Layers that run where the command line selects nothing itself, as --layer.'),
  env: name.describe('As --env.').optional(),
  real_services: yesOrNo.describe('As --real-services, or --no-real-services.').optional(),
  workers: workers.describe('As --workers.').optional(),
  timeout: duration.describe('As --timeout: before every other setting.').optional(),
  idle_timeout: duration.describe('As --idle-timeout.').optional(),
  slow_after: duration.describe('As --slow-after.').optional(),
  global_timeout: duration.describe('As --global-timeout.').optional(),
  retries: z
    .int(COUNT)
    .min(0, COUNT)
    .max(100, COUNT)
    .describe('As --retries: before every other setting.')
    .optional(),
  flaky: choice(['warn', 'fail'])
    .describe(
      'What passes only when run again. warn: the run exits 5. fail: it exits 100, as --fail-on-flaky. Default: warn.',
    )
    .optional(),
  sla: choice(['warn', 'fail'])
    .describe(
      'What a breach of an `sla` does. fail: the run exits 100, as --fail-on-sla. Default: defaults.sla.',
    )
    .optional(),
  fail_fast: failFast.describe('As --fail-fast.').optional(),
  max_failures: z.int(MOST).min(1, MOST).describe('As --max-failures.').optional(),
  max_skipped: maxSkipped.describe('As --max-skipped: before `defaults.max_skipped`.').optional(),
  require_evidence: yesOrNo.describe('As --require-evidence.').optional(),
  keep_failed: yesOrNo.describe('As --keep-failed.').optional(),
  shuffle: z
    .union([z.literal(true, SHUFFLE), z.int(SHUFFLE).min(0, SHUFFLE).max(999_999_999, SHUFFLE)], SHUFFLE)
    .describe('As --shuffle: true, or a seed.')
    .optional(),
  reports: reports
    .describe(
      'Reports besides those of `defaults.reports`, each `name` or `name=path` (relative to the registry).',
    )
    .optional(),
});

export const profiles = z
  .record(name, profile, expected('a mapping of names'))
  .describe(
    'Settings of a whole run by name, e.g. commit, ci, nightly: `--profile ci`. A flag on the command line comes before them.',
  )
  .optional();
