/**
 * `${…}` in the registry's texts. Parsed when the registry is read, so that a wrong name is an error with a position;
 * expanded when a service or a test process is started. `$${` stands for a literal `${`.
 */
import { err, ok, type Result } from '../events/index.ts';
import { suggest } from './nearest.ts';

/** What a store's URL holds, for programs that want it in parts: libpq's PGUSER, PGPASSWORD and PGDATABASE, say. */
const URL_PARTS = ['user', 'password', 'database'] as const;
export type UrlPart = (typeof URL_PARTS)[number];
const OWN_FIELDS = ['url', 'ws_url', 'port', 'host', ...URL_PARTS, 'dir', 'prefix'] as const;
const SERVICE_FIELDS = ['url', 'ws_url', 'port', 'host', ...URL_PARTS, 'prefix'] as const;
export type OwnField = (typeof OWN_FIELDS)[number];
export type ServiceField = (typeof SERVICE_FIELDS)[number];

/** What a `${…}` stands for. */
export type TemplateReference =
  /** `env.NAME`, or `env.NAME:-default` for where the variable is unset or empty */
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | null }
  /** of the service that the text belongs to; `dir` is a directory of its own that is thrown away with it */
  | { readonly kind: 'own'; readonly field: OwnField }
  | { readonly kind: 'service'; readonly service: string; readonly field: ServiceField }
  /** random, the same for the whole run */
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'run-id' };

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `source` as written, `start` in characters from 0 */
  | {
      readonly kind: 'reference';
      readonly reference: TemplateReference;
      readonly source: string;
      readonly start: number;
    };

export interface TemplateProblem {
  /** lower case, without a full stop */
  readonly message: string;
  readonly hint: string | null;
  /** where in the text, in characters from 0 */
  readonly start: number;
  readonly length: number;
}

/** What stands behind a reference; undefined: nothing does. An unset `env.NAME` is undefined, its fallback is applied here. */
export type TemplateLookup = (reference: TemplateReference) => string | undefined;

export const isUrlPart = (field: string): field is UrlPart => URL_PARTS.some((part) => part === field);

/** Part of `postgresql://user:password@host/database` or `redis://user:password@host/0`, decoded; '' where it has none. */
export function partOfUrl(url: string, part: UrlPart): string {
  const { username, password, pathname } = new URL(url);
  const found = { user: username, password, database: pathname.slice(1) }[part];
  return decodeURIComponent(found);
}

/** Cuts a text into what is literal and what stands for something. The first thing that is wrong ends it. */
export function parseTemplate(text: string): Result<readonly TemplatePart[], TemplateProblem> {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('${', at);
    if (open === -1) break;
    if (text[open - 1] === '$' && open > at) {
      literal += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}', open);
    if (close === -1) {
      return err({
        message: '"${" is never closed',
        hint: 'expected "}"',
        start: open,
        length: text.length - open,
      });
    }
    const source = text.slice(open, close + 1);
    const reference = parseReference(source.slice(2, -1));
    if (!reference.ok) return err({ ...reference.error, start: open, length: source.length });
    literal += text.slice(at, open);
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push({ kind: 'reference', reference: reference.value, source, start: open });
    at = close + 1;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return ok(parts);
}

/** Puts in what the references stand for. The first that stands for nothing ends it. */
export function expandTemplate(text: string, lookup: TemplateLookup): Result<string, TemplateProblem> {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return parsed;
  let expanded = '';
  for (const part of parsed.value) {
    if (part.kind === 'text') {
      expanded += part.text;
      continue;
    }
    const value = resolveReference(part.reference, lookup);
    if (value === undefined) {
      return err({ ...nothingBehind(part.reference), start: part.start, length: part.source.length });
    }
    expanded += value;
  }
  return ok(expanded);
}

function resolveReference(reference: TemplateReference, lookup: TemplateLookup): string | undefined {
  const value = lookup(reference);
  if (reference.kind !== 'env' || reference.fallback === null) return value;
  return value === undefined || value === '' ? reference.fallback : value;
}

function nothingBehind(reference: TemplateReference): { message: string; hint: string | null } {
  if (reference.kind === 'env') {
    return {
      message: `environment variable ${reference.name} is not set`,
      hint: `set it, or write \${env.${reference.name}:-default}`,
    };
  }
  return { message: `nothing stands behind ${describeReference(reference)}`, hint: null };
}

/** As it is written: `${services.auth.url}`. */
export function describeReference(reference: TemplateReference): string {
  switch (reference.kind) {
    case 'env':
      return `\${env.${reference.name}}`;
    case 'own':
      return `\${${reference.field}}`;
    case 'service':
      return `\${services.${reference.service}.${reference.field}}`;
    case 'secret':
      return `\${secret.${reference.name}}`;
    case 'run-id':
      return '${run.id}';
  }
}

type ReferenceProblem = Pick<TemplateProblem, 'message' | 'hint'>;

function parseReference(body: string): Result<TemplateReference, ReferenceProblem> {
  const own = OWN_FIELDS.find((field) => field === body);
  if (own !== undefined) return ok({ kind: 'own', field: own });
  if (body === 'run.id') return ok({ kind: 'run-id' });

  const [head, ...rest] = body.split('.');
  if (head === 'env') return parseEnv(body.slice('env.'.length));
  if (head === 'secret') {
    const name = rest.join('.');
    if (/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) return ok({ kind: 'secret', name });
    return err({
      message: `invalid secret name "${name}"`,
      hint: 'expected letters, digits, "_" and "-": ${secret.jwt}',
    });
  }
  if (head === 'services') return parseService(body, rest);

  const near = suggest(body, [...OWN_FIELDS, 'run.id']);
  const names = `expected one of: ${OWN_FIELDS.join(', ')}, env.NAME, services.<name>.<field>, secret.<name>, run.id`;
  return err({ message: `unknown template "\${${body}}"`, hint: near?.startsWith('did') ? near : names });
}

function parseEnv(body: string): Result<TemplateReference, ReferenceProblem> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(body);
  if (match?.[1] === undefined) {
    return err({
      message: `invalid template "\${env.${body}}"`,
      hint: 'expected ${env.NAME} or ${env.NAME:-default}',
    });
  }
  return ok({ kind: 'env', name: match[1], fallback: match[2] ?? null });
}

function parseService(body: string, rest: readonly string[]): Result<TemplateReference, ReferenceProblem> {
  const [service, name, ...more] = rest;
  if (service === undefined || service === '' || name === undefined || more.length > 0) {
    return err({
      message: `invalid template "\${${body}}"`,
      hint: 'expected ${services.<name>.<field>}, e.g. ${services.auth.url}',
    });
  }
  const field = SERVICE_FIELDS.find((known) => known === name);
  if (field === undefined)
    return err({ message: `unknown field "${name}" of a service`, hint: suggest(name, SERVICE_FIELDS) });
  return ok({ kind: 'service', service, field });
}
