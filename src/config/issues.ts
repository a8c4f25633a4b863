/** What the schema found, in words and with its place. The schema says what was expected, this adds what was given. */
import type * as z from 'zod';
import type { Problem } from './diagnostic.ts';
import type { SourceDocument } from './document.ts';
import { nearest } from './nearest.ts';
import { type KeyPath, pathKey, spanAt } from './places.ts';

type Issue = z.core.$ZodIssue;

const ONE_OF = 'expected one of: ';

/** One issue with its whole path, unions resolved. */
export interface SettledIssue {
  readonly issue: Issue;
  readonly path: KeyPath;
}

export function issueProblems(issues: readonly SettledIssue[], source: SourceDocument): readonly Problem[] {
  return issues.flatMap(({ issue, path }) => describe(issue, path, source));
}

/**
 * Of each union, what the alternative says that the author most likely meant.
 * @param value what was checked, whole
 */
export function settle(
  issues: readonly Issue[],
  value: unknown,
  above: KeyPath = [],
): readonly SettledIssue[] {
  const settled = issues.flatMap((issue) => {
    const path = [...above, ...pathOf(issue)];
    const errors =
      issue.code === 'invalid_union' && issue.discriminator === undefined
        ? likeliest(issue, valueAt(value, path))
        : null;
    return errors === null ? [{ issue, path }] : settle(errors, value, path);
  });
  return withoutEchoes(settled, value);
}

/**
 * Leaves out what only repeats that a key is unknown: what is said of its mapping as a whole, and that the key which it
 * was meant to be is missing.
 */
function withoutEchoes(settled: readonly SettledIssue[], value: unknown): readonly SettledIssue[] {
  const meant = new Map<string, ReadonlySet<string | null>>();
  for (const { issue, path } of settled) {
    if (issue.code !== 'unrecognized_keys') continue;
    const names = namesOf(issue.message);
    // More than a handful of unknown keys are no typing mistakes.
    meant.set(pathKey(path), new Set(issue.keys.slice(0, 20).map((key) => nearest(key, names))));
  }
  return settled.filter(({ issue, path }) => {
    if (issue.code === 'unrecognized_keys') return true;
    if (issue.code === 'custom' && meant.has(pathKey(path))) return false;
    if (valueAt(value, path) !== undefined) return true;
    return meant.get(pathKey(path.slice(0, -1)))?.has(String(path.at(-1))) !== true;
  });
}

/** Everything of a registry is reached by texts and numbers. */
const pathOf = (issue: Issue): KeyPath =>
  issue.path.map((part) => (typeof part === 'number' ? part : String(part)));

function describe(issue: Issue, path: KeyPath, source: SourceDocument): readonly Problem[] {
  const given = valueAt(source.value, path);
  const problem = (
    message: string,
    hint: string | null,
    on: 'key' | 'value' = 'value',
    at = path,
  ): Problem => ({
    span: spanAt(source.places, at, on),
    message,
    hint,
    remedy: null,
  });
  const last = whatIs(path);

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        problem(`unknown key "${key}"`, hintFor(key, issue.message), 'key', [...path, key]),
      );
    case 'invalid_key':
      return [problem(`invalid name "${path.at(-1)}"`, issue.issues[0]?.message ?? null, 'key')];
    default:
  }
  if (given === undefined) return [problem(`missing "${last}"`, sentence(issue, given), 'key')];
  if (issue.message.startsWith(ONE_OF) && typeof given === 'string') {
    return [problem(`unknown ${last} "${shorten(given)}"`, hintFor(given, issue.message))];
  }
  if (path.length === 0)
    return [
      problem(
        `${show(given)} at the top level`,
        'expected "key: value" lines, the first of them "version: 1"',
      ),
    ];
  return [problem(`invalid "${last}": ${show(given)}`, sentence(issue, given))];
}

/** The key that a value belongs to; `redis: redsi` names the kind of a service. */
function whatIs(path: KeyPath): string {
  if (path.length === 2 && path[0] === 'services') return 'kind';
  if (path[0] === 'rules' && typeof path.at(-1) !== 'string') return 'rule';
  if (path.length === 2 && path[0] === 'rules') return 'rule';
  return String([...path].reverse().find((part) => typeof part === 'string') ?? 'registry');
}

/** Null where no alternative is of the right kind at all: the union's own words fit best then. */
function likeliest(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  given: unknown,
): readonly Issue[] | null {
  if (given === undefined) return null;
  const fits = issue.errors.filter((errors) =>
    errors.every((error) => {
      if (error.path.length > 0) return true;
      return error.code !== 'invalid_type' && !(error.code === 'invalid_value' && typeof given !== 'string');
    }),
  );
  // The fewer mistakes, the likelier it was meant.
  return fits.sort((a, b) => weight(a) - weight(b))[0] ?? null;
}

const namesOf = (message: string): readonly string[] => message.slice(ONE_OF.length).split(', ');

const weight = (errors: readonly Issue[]): number =>
  errors.reduce((sum, error) => sum + (error.code === 'unrecognized_keys' ? error.keys.length : 1), 0);

function hintFor(given: string, message: string): string | null {
  if (!message.startsWith(ONE_OF)) return message;
  const near = nearest(given, namesOf(message));
  return near === null ? message : `did you mean "${near}"?`;
}

function sentence(issue: Issue, given: unknown): string | null {
  // The wording for a bare number makes no sense where nothing was given.
  const message = given === undefined ? (issue.message.split('; did you mean')[0] ?? '') : issue.message;
  if (message.startsWith('expected')) return message;
  return issue.code === 'invalid_type'
    ? `expected ${NOUN[issue.expected] ?? issue.expected}`
    : message || null;
}

const NOUN: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function show(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `"${shorten(value)}"` : String(value);
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

export function valueAt(root: unknown, path: KeyPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
