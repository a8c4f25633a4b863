/**
 * What may stand in a registry, as one zod schema. It checks and turns text into values (durations into ms, single items
 * into lists); whether names exist is checked afterwards, in `references.ts`.
 *
 * Words: a message here says what was expected and begins with "expected". Where it lists names, it is
 * "expected one of: a, b": the nearest is found from it. What was given is added by `issues.ts`.
 */
import * as z from 'zod';
import { PRIORITIES, SUITE_PRIORITIES } from './config.ts';
import { ADAPTERS } from './frameworks.ts';
import { plainGlob } from './glob.ts';
import { audit } from './schema-audit.ts';
import { gate } from './schema-gate.ts';
import { layers } from './schema-layers.ts';
import {
  choice,
  command,
  duration,
  expected,
  glob,
  globs,
  INCIDENT,
  listOf,
  mapping,
  name,
  names,
  notEmpty,
  text,
  variables,
} from './schema-parts.ts';
import {
  failFast,
  limits,
  locks,
  maxSkipped,
  quarantine,
  reports,
  retries,
  workers,
} from './schema-policies.ts';
import { profiles } from './schema-profiles.ts';
import { proof } from './schema-proof.ts';
import { deployments, rules } from './schema-rules.ts';
import { service } from './schema-services.ts';
import { namedSla, sla } from './schema-sla.ts';

const category = mapping({
  priority: choice(PRIORITIES)
    .describe('Order among categories that do not depend on each other. Default: medium.')
    .optional(),
  description: text('a text').describe('One line for tables.').optional(),
  after: names('Categories that run first where both are selected.'),
  conflicts: names(
    'Categories that never run at the same time as it: whichever begins first runs to its end.',
  ),
  needs: names('Services that every suite of it needs.'),
  timeout: duration.describe('How long one file may take. Default: defaults.timeout.').optional(),
  ...limits,
  retries: retries
    .describe('How often a red file is run again; it is flaky where that passes. Default: defaults.retries.')
    .optional(),
  floor: z
    .int(expected('a whole number of at least 1'))
    .min(1, expected('a whole number of at least 1'))
    .describe('Least number of tests that a whole run of it executes; fewer is a failure.')
    .optional(),
  max_skipped: maxSkipped
    .describe('Most of its tests that may be skipped: a number, or a share such as "2%". Default: no limit.')
    .optional(),
  sla: sla.optional(),
  tags: names('What `--tag` selects its suites by.'),
});

const suite = mapping({
  title: text('a text').describe('One line for tables. Default: its name.').optional(),
  category: name.describe('The category that it belongs to.'),
  service: name.describe('The service that it is about: what `--service` selects it by.').optional(),
  priority: choice(SUITE_PRIORITIES).describe('Order inside its category. Default: P2.').optional(),
  files: globs(
    'Its test files: globs relative to the registry, "!" in front excludes. Without them `run` is run once.',
  ).optional(),
  adapter: choice(ADAPTERS)
    .describe('What runs its files, or reads what `run` reports. Default: node.')
    .optional(),
  cwd: text('a path')
    .describe('Where its files are run, relative to the registry. Default: the folder of the registry.')
    .optional(),
  run: command
    .describe(
      'The command of exec, junit and tap: program and arguments, no shell. `${file}` is the file (else it comes last), `${report}` a path for the report. With pytest, go and cargo: how they are started.',
    )
    .optional(),
  report: globs('The reports that its command writes: globs relative to `cwd`.').optional(),
  needs: names('Services that each of its files needs, without what those need in turn.'),
  also_needs: z
    .record(glob, listOf(name, 'a name or a list of names'), expected('a mapping: { <glob>: <services> }'))
    .describe('Services that only some of its files need: globs of files, each with its services.')
    .optional(),
  tags: names('What `--tag` selects it by.'),
  slots: z
    .int(expected('a whole number of at least 1'))
    .min(1, expected('a whole number of at least 1'))
    .describe('How many workers each of its files takes while it runs; more than there are: all. Default: 1.')
    .optional(),
  locks: locks
    .describe(
      'What each of its files holds while it runs: names for itself alone, or { name: shared } together with others that share it. Any suite may name the same locks.',
    )
    .optional(),
  timeout: duration.describe("How long one file may take. Default: its category's.").optional(),
  ...limits,
  retries: retries.describe("How often a red file is run again. Default: its category's.").optional(),
  max_skipped: maxSkipped
    .describe('Most of its tests that may be skipped: a number, or a share such as "2%". Default: no limit.')
    .optional(),
  sla: sla.optional(),
  bundle: choice(['auto', 'on', 'off'])
    .describe('Whether its files are bundled before they run. Default: defaults.bundle.')
    .optional(),
  faults: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'Put a proxy in front of each service, for its tests and for the services among themselves; tests command them by the Toxiproxy API at RUNNER_FAULTS_URL: latency, bandwidth, resets and the like. Default: false.',
    )
    .optional(),
  env: variables('Extra environment variables for its test processes.').optional(),
  black_box: globs(
    'Those of its files that need nothing but the URLs of services: they also run where `deployed: true`.',
  ).optional(),
  watches: globs(
    'What its tests use besides what they import: a change of these files affects all of them (`--changed`, `--watch`). Default: nothing for node and vitest, else everything below its `cwd`.',
  ).optional(),
  writes: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'Whether its tests change anything. Where `writes: refused`, only suites with false run. Default: true.',
    )
    .optional(),
});

const incident = mapping({
  symptom: text('a text').describe('What people saw.'),
  cause: text('a text').describe('What was wrong.'),
  value: text('a text').describe('The exact bad value, where there was one.').optional(),
  remedy: text('a text').describe('What to do when a guard fails.').optional(),
  guards: listOf(
    z
      .string(expected('a test: "<file> > <title>"'))
      .regex(/^\S.* > .+$/, expected('a test: "<file> > <title>"')),
    'a test or a list of tests',
  )
    .refine(notEmpty, expected('at least one test'))
    .describe('Tests that keep it from coming back: "<file> > <suite> > <title>". All must pass.'),
});

const environment = mapping({
  env: variables('Variables for services and tests; values may hold ${env.NAME}.').optional(),
  services: z
    .record(
      name,
      mapping({ url: text('a URL').describe('Where it answers; may hold ${env.NAME}.') }),
      expected('a mapping: { <service>: { url: … } }'),
    )
    .describe('Services that are deployed already: they are used, never started.')
    .optional(),
  deployed: z
    .boolean(expected('true or false, without quotes'))
    .describe(
      'The product runs there already: nothing is started, and only `black_box` files apply. Default: false.',
    )
    .optional(),
  writes: choice(['allowed', 'refused'])
    .describe('refused: suites that write do not run there. Default: allowed.')
    .optional(),
  consent: z
    .boolean(expected('true or false, without quotes'))
    .describe('Refuse to start without --allow-<name>. Default: false.')
    .optional(),
  deployments,
});

const section = <Value extends z.ZodType>(value: Value, description: string) =>
  z.record(name, value, expected('a mapping of names')).describe(description).optional();

export const registrySchema = mapping({
  version: z.literal(1, expected('1, the only version there is')).describe('Version of this format: 1.'),
  name: text('a name').describe("Name of the product. Default: the folder's.").optional(),
  defaults: mapping({
    workers: workers
      .describe(
        'Files at a time: auto (one a core), a number, or a share of the cores such as "50%", or "150%" where files wait much. Default: auto.',
      )
      .optional(),
    timeout: duration.describe('How long one file may take. Default: 60s.').optional(),
    ...limits,
    retries: retries.describe('How often a red file is run again. Default: 0.').optional(),
    fail_fast: failFast
      .describe(
        'When a run ends early: none, dependency (only what comes after a failed category), first-test, file, category, critical, or threshold=20%. Default: dependency.',
      )
      .optional(),
    max_skipped: maxSkipped
      .describe(
        'Most tests of a run that may be skipped, of all its categories together: a number, or a share such as "2%". Default: no limit.',
      )
      .optional(),
    bundle: choice(['auto', 'on', 'off'])
      .describe(
        'Whether test files are bundled before they run. auto leaves alone what bundling could change. Default: auto.',
      )
      .optional(),
    sla: choice(['warn', 'fail'])
      .describe('What a breach of an `sla` does: warn, or fail the run. Default: warn.')
      .optional(),
    env: name.describe('The environment of a run without --env. Default: test.').optional(),
    reports: reports
      .describe(
        "Reports of every run, each `name` (into the run's folder) or `name=path` (relative to the registry). Default: none.",
      )
      .optional(),
  })
    .describe('Settings for everything that has none of its own.')
    .optional(),
  ignore: listOf(glob, 'a glob or a list of globs')
    .refine((list) => list.every((one) => !one.startsWith('!')), expected('globs without "!"'))
    .transform((list) => list.map(plainGlob))
    .describe("Globs of files that look like tests and are nobody's on purpose, e.g. fixtures.")
    .optional(),
  services: section(service, 'Real dependencies of tests, by name.'),
  categories: section(
    category,
    'Groups of suites that run together. Without this section the suites name them.',
  ),
  suites: section(suite, 'Sets of test files with the same settings. A test file belongs to one suite.'),
  environments: section(
    environment,
    'Where tests run, by name. `test` is always there: everything is started for the run.',
  ),
  layers,
  profiles,
  quarantine: quarantine.optional(),
  sla: namedSla.optional(),
  incidents: z
    .record(
      z.string().regex(INCIDENT, expected('an id: letters, digits, "-", "_" and "."')),
      incident,
      expected('a mapping of ids'),
    )
    .describe('What went wrong once, with the tests that keep it from coming back.')
    .optional(),
  rules,
  audit,
  proof,
  gate,
});

/** A registry that has the right shape, defaults not yet filled in. */
export type Registry = z.output<typeof registrySchema>;
export type RegistryService = NonNullable<Registry['services']>[string];
