/** What a variable of a deployed environment must be, as `rules:` states it. The common rule is one word. */
import * as z from 'zod';
import { VARIABLE_FORMATS } from './config.ts';
import { parsePattern } from './pattern.ts';
import { choice, expected, INCIDENT, listOf, mapping, name, names, oneOf, text } from './schema-parts.ts';

/** A variable, or a pattern of several with `*`. */
const VARIABLES = /^[A-Za-z_*][A-Za-z0-9_*]*$/;

const yesOrNo = z.boolean(expected('true or false, without quotes'));

const pattern = text('a regular expression').superRefine((value, context) => {
  const parsed = parsePattern(value);
  if (!parsed.ok)
    context.addIssue({ code: 'custom', message: `expected a regular expression: ${parsed.error}` });
});

const value = z
  .union([z.string(), z.number(), z.boolean()], expected('a text, a number, true or false'))
  .transform(String);
const values = listOf(value, 'a value or a list of values');

const rule = mapping({
  services: names('Services that it holds for, those with deployments included. Default: all.'),
  environments: names('Environments that it holds in. Default: all.'),
  required: yesOrNo
    .describe('Whether it must be set, and not be empty. Default: true; false where the name holds a "*".')
    .optional(),
  format: choice(VARIABLE_FORMATS).describe('The form of its value.').optional(),
  equals: values
    .describe('The stable value, or all that it may be: what changes from deploy to deploy is refused.')
    .optional(),
  matches: pattern.describe('Regular expression that the whole value must match.').optional(),
  min_length: z
    .int(expected('a whole number of at least 1'))
    .min(1, expected('a whole number of at least 1'))
    .describe('Least number of characters.')
    .optional(),
  forbid: listOf(
    text('localhost, timestamp, placeholder, or a regular expression').superRefine((one, context) => {
      const parsed = parsePattern(one);
      if (!parsed.ok)
        context.addIssue({ code: 'custom', message: `expected a regular expression: ${parsed.error}` });
    }),
    'localhost, timestamp, placeholder, or a regular expression',
  )
    .describe(
      'What it must not be: `localhost` (this machine by any name), `timestamp` (ends in a time, as 1757251019 or 20250907), `placeholder` (changeme, your-secret-here …), or a regular expression.',
    )
    .optional(),
  hosts: listOf(text('a host'), 'a host or a list of hosts')
    .describe('Hosts that its URLs may lead to; `*.example.com` allows every name below.')
    .optional(),
  tls: yesOrNo
    .describe('Its URLs must be encrypted: https, wss, rediss, sslmode=require. Default: false.')
    .optional(),
  same: yesOrNo
    .describe(
      'Every service that has it must have the same value; the values are never shown. Default: false.',
    )
    .optional(),
  contradicts: z
    .record(
      z.string().regex(VARIABLES, expected('the name of an environment variable')),
      values,
      expected('a mapping: { <VARIABLE>: <values> }'),
    )
    .describe(
      'Variables, with the values of them that make no sense where this one is on (not empty, 0, false, no or off).',
    )
    .optional(),
  secret: yesOrNo
    .describe('Never show its value. Default: true where its name or format says so.')
    .optional(),
  impact: text('a text').describe('What breaks for people where it is not kept.').optional(),
  remedy: text('a text').describe('What to do then. Default: said from the rule.').optional(),
  incident: z
    .string(expected('the id of an incident'))
    .regex(INCIDENT, expected('the id of an incident'))
    .describe('What happened when it was not kept: an id of `incidents`.')
    .optional(),
});

const SHORT = ['required', ...VARIABLE_FORMATS] as const;
const short = choice(SHORT).transform(
  (word): z.output<typeof rule> => (word === 'required' ? {} : { format: word }),
);

const one = z.union([short, rule], oneOf(SHORT));

export const rules = z
  .record(
    z.string().regex(VARIABLES, expected('the name of an environment variable, "*" for any letters')),
    listOf(one, 'required, a format, a rule, or a list of them'),
    expected('a mapping of variables: { NAME: rule }'),
  )
  .describe(
    'What the variables of deployed environments must be: `required`, a format, or a rule; `runner env check` holds them to it.',
  )
  .optional();

export const deployments = z
  .record(
    name,
    listOf(text('a file'), 'a file or a list of files').describe('Later files win over earlier ones.'),
    expected('a mapping: { <service>: <file> }'),
  )
  .describe(
    'Files that hold the variables of its services when deployed: .env, or YAML and JSON of Kubernetes, Cloud Run, Compose or ECS. `runner env check` reads them.',
  )
  .optional();
