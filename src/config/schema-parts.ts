/** The smallest parts of the registry's schema: names, durations, globs, lists of one or many, and the words for a miss. */
import * as z from 'zod';
import { splitCommand } from './command.ts';
import { DURATION, parseDuration } from './duration.ts';
import { globProblem, plainGlob } from './glob.ts';
import { parseSize, SIZE } from './size.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
export const INCIDENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const expected = (what: string): { readonly error: string } => ({ error: `expected ${what}` });
export const oneOf = (names: readonly string[]): { readonly error: string } =>
  expected(`one of: ${names.join(', ')}`);

/** A mapping with known keys only. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = oneOf(Object.keys(shape)).error;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : 'expected a mapping ("key: value" lines)'),
  });
}

export const choice = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, oneOf(names));

export const text = (what: string) => z.string(expected(what)).min(1, expected(what));

/** Names of things in the registry; whether they exist is checked later. */
export const name = z
  .string(expected('a name'))
  .regex(NAME, expected('a name: letters, digits, "_" and "-", a letter first'));

/** One item or a list of them; a list comes out. */
export function listOf<Item extends z.ZodType>(item: Item, what: string) {
  return z
    .union([item, z.array(item)], expected(what))
    .transform((value): z.output<Item>[] => (Array.isArray(value) ? value : [value]));
}

export const notEmpty = (list: readonly unknown[]): boolean => list.length > 0;

export const names = (description: string) =>
  listOf(name, 'a name or a list of names').describe(description).optional();

export const duration = z
  .string({ error: (issue) => durationExpected(issue.input) })
  .meta({ pattern: DURATION.source, examples: ['250ms', '60s', '10m', '1.5h'] })
  .transform((value, context): number => {
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.error, input: value });
    return z.NEVER;
  });

/** Bytes. */
export const size = z
  .string({ error: (issue) => sizeExpected(issue.input) })
  .meta({ pattern: SIZE.source, examples: ['512MB', '1.5GB'] })
  .transform((value, context): number => {
    const parsed = parseSize(value);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.error, input: value });
    return z.NEVER;
  });

function sizeExpected(input: unknown): string {
  const parsed = parseSize(String(input));
  return parsed.ok ? '' : parsed.error;
}

function durationExpected(input: unknown): string {
  const parsed = parseDuration(String(input));
  return parsed.ok ? '' : parsed.error;
}

export const glob = text('a glob').superRefine((value, context) => {
  const problem = globProblem(value);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem.hint });
});
export const globs = (description: string) =>
  listOf(glob, 'a glob or a list of globs')
    .refine((list) => list.some((one) => !one.startsWith('!')), expected('at least one glob without "!"'))
    .transform((list) => list.map(plainGlob))
    .describe(description);

/** A list is taken as it is; a text is split at spaces, there is no shell. */
export const command = z
  .union(
    [text('a program'), z.array(text('a text')).min(1, expected('a program and its arguments'))],
    expected('a list such as [node, server.mjs]'),
  )
  .transform((value, context): readonly string[] => {
    if (Array.isArray(value)) return value;
    const words = splitCommand(value);
    if (words.ok) return words.value;
    context.issues.push({ code: 'custom', message: words.error, input: value });
    return z.NEVER;
  });

export const variables = (description: string) =>
  z
    .record(
      z.string().regex(VARIABLE, expected('the name of an environment variable')),
      z
        .union([z.string(), z.number(), z.boolean()], expected('a text (write "" for an empty one)'))
        .transform(String),
      expected('a mapping of variables: { NAME: value }'),
    )
    .describe(description);
