/** Rules as YAML: ours, and those that a project adds. A rule is a matcher of ast-grep for each family of languages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';
import { type Diagnostic, unplaced } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { Family, Matcher } from './syntax/node.ts';

export interface AuditRule {
  readonly id: string;
  readonly title: string;
  readonly remedy: string;
  /** its share of the score, against the weights of the others */
  readonly weight: number;
  /** `real`: only where the suite needs services */
  readonly where: 'everywhere' | 'real';
  readonly matchers: Partial<Readonly<Record<Family, Matcher>>>;
}

export interface LoadedRules {
  readonly rules: readonly AuditRule[];
  /** YAML text of all, for the hash of what was asked */
  readonly text: string;
}

const matcher = z.record(z.string(), z.unknown());
const ruleSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected an id: small letters, digits and "-"'),
    title: z.string().min(1),
    remedy: z.string().min(1),
    weight: z.number().positive().default(5),
    where: z.enum(['everywhere', 'real']).default('everywhere'),
    javascript: matcher.optional(),
    python: matcher.optional(),
    constraints: z.record(z.string(), matcher).optional(),
    python_constraints: z.record(z.string(), matcher).optional(),
    utils: z.record(z.string(), matcher).optional(),
    python_utils: z.record(z.string(), matcher).optional(),
  })
  .refine(
    (rule) => rule.javascript !== undefined || rule.python !== undefined,
    'expected javascript: or python:',
  );

/** @param more absolute paths of a project's own rules; one with the id of ours takes its place */
export function loadRules(more: readonly string[]): Result<LoadedRules, readonly Diagnostic[]> {
  const folder = ownFolder();
  const own = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  const rules = new Map<string, AuditRule>();
  const problems: Diagnostic[] = [];
  let text = '';
  for (const file of [...own, ...more]) {
    const read = readRules(file);
    if (!read.ok) {
      problems.push(read.error);
      continue;
    }
    text += read.value.text;
    for (const rule of read.value.rules) rules.set(rule.id, rule);
  }
  return problems.length > 0 ? err(problems) : ok({ rules: [...rules.values()], text });
}

/** Beside the bundle in an installed runner, beside this file in its sources. */
function ownFolder(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return here.includes(join('src', 'audit')) ? join(here, 'rules') : join(here, 'audit-rules');
}

function readRules(file: string): Result<LoadedRules, Diagnostic> {
  const wrong = (hint: string): Result<never, Diagnostic> =>
    err(unplaced('these rules of the audit can not be used', { file, hint }));
  let text: string;
  let value: unknown;
  try {
    text = readFileSync(file, 'utf8');
    value = parse(text);
  } catch (error) {
    return wrong(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
  const parsed = z.array(ruleSchema).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.map(String).join('.') ?? '';
    return wrong(`${at === '' ? '' : `${at}: `}${issue?.message ?? 'expected a list of rules'}`);
  }
  return ok({ text, rules: parsed.data.map(toRule) });
}

function toRule(rule: z.output<typeof ruleSchema>): AuditRule {
  const { id, title, remedy, weight, where, javascript, python } = rule;
  const both = python !== undefined && javascript !== undefined;
  // What stands beside the patterns is theirs; the other family has names of its own in its grammar.
  const ofPython = {
    constraints: rule.python_constraints ?? (both ? undefined : rule.constraints),
    utils: rule.python_utils ?? (both ? undefined : rule.utils),
  };
  return {
    id,
    title,
    remedy,
    weight,
    where,
    matchers: {
      ...(javascript === undefined ? {} : { javascript: whole(javascript, rule) }),
      ...(python === undefined ? {} : { python: whole(python, ofPython) }),
    },
  };
}

const whole = (
  rule: Matcher,
  {
    constraints,
    utils,
  }: { readonly constraints?: Matcher | undefined; readonly utils?: Matcher | undefined },
): Matcher => ({
  rule,
  ...(constraints === undefined ? {} : { constraints }),
  ...(utils === undefined ? {} : { utils }),
});
