/** From a file to a `Config`, or to everything that is wrong with it, in the order of the text. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../events/index.ts';
import type { Config, Diagnostic } from './config.ts';
import { type Problem, type Span, toDiagnostics } from './diagnostic.ts';
import { parseSource, type SourceDocument } from './document.ts';
import { exportFindings } from './exports.ts';
import { type LoadOptions, type RegistryText, readRegistry } from './find.ts';
import { issueProblems, settle, valueAt } from './issues.ts';
import { layerFindings } from './layers.ts';
import { normalise } from './normalise.ts';
import { keepPlaces, spanAt } from './places.ts';
import { profileCircles } from './profiles.ts';
import { prune } from './prune.ts';
import { type Finding, type KnownNames, referenceFindings } from './references.ts';
import { type Registry, registrySchema } from './schema.ts';
import { slaFindings } from './sla.ts';
import { suiteFindings } from './suite-findings.ts';
import { templateFindings } from './templates.ts';

/**
 * Finds, reads and checks the registry.
 * @returns on failure at least one diagnostic; those about the text have a position. @throws never
 */
export function loadConfig(options: LoadOptions): Result<Config, readonly Diagnostic[]> {
  const text = readRegistry(options);
  return text.ok ? parseConfig(text.value) : text;
}

export function parseConfig({ bytes, path }: RegistryText): Result<Config, readonly Diagnostic[]> {
  const text = new TextDecoder('utf-8').decode(bytes);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const foreign = notText(bytes, text) ?? empty(text);
  if (foreign !== null) return err(toDiagnostics([foreign], text, path));

  const source = parseSource(text);
  if (source.broken) return err(toDiagnostics(source.problems, text, path));
  const parsed = registrySchema.safeParse(source.value);
  const shape = parsed.success ? [] : issueProblems(settle(parsed.error.issues, source.value), source);
  // What YAML itself could not make a value of is not wrong a second time.
  const broken = (span: Span): boolean =>
    source.problems.some((other) => span.start <= other.span.start && other.span.start < span.end);
  const problems = [...source.problems, ...shape.filter(({ span }) => !broken(span))];
  const known = namesIn(source);
  const registry = parsed.success ? parsed.data : prune(source.value);
  if (registry !== null) problems.push(...findings(registry, known).map((finding) => place(finding, source)));
  // Whether keys fit each other can be told only where all of them are right.
  if (parsed.success) {
    const fit = [...suiteFindings(parsed.data), ...slaFindings(parsed.data)];
    problems.push(...fit.map((finding) => place(finding, source)));
  }
  if (problems.length > 0 || !parsed.success) return err(toDiagnostics(problems, text, path));
  keepPlaces(hash, source.places);
  return ok(normalise(parsed.data, { path, root: dirname(path), hash }));
}

function findings(registry: Registry, known: KnownNames): readonly Finding[] {
  return [
    ...referenceFindings(registry, known),
    ...templateFindings(registry, known),
    ...exportFindings(registry),
    ...profileCircles(registry),
    ...layerFindings(registry),
  ];
}

function place(finding: Finding, source: SourceDocument): Problem {
  const whole = spanAt(source.places, finding.path, finding.part === null ? finding.on : 'text');
  const { message, hint } = finding;
  const at = finding.part === null ? -1 : source.text.slice(whole.start, whole.end).indexOf(finding.part);
  const start = whole.start + at;
  const span = at === -1 || finding.part === null ? whole : { start, end: start + finding.part.length };
  return { span, message, hint, remedy: null };
}

/** From the text as it stands, so that a service with a mistake in it is still known by its name. */
function namesIn(source: SourceDocument): KnownNames {
  const keys = (section: string): readonly string[] | null => {
    const value = valueAt(source.value, [section]);
    return typeof value === 'object' && value !== null ? Object.keys(value) : null;
  };
  return {
    services: keys('services') ?? [],
    categories: keys('categories'),
    environments: [...new Set(['test', ...(keys('environments') ?? [])])],
    incidents: keys('incidents') ?? [],
    suites: keys('suites') ?? [],
    profiles: keys('profiles') ?? [],
    layers: keys('layers') ?? [],
  };
}

function notText(bytes: Buffer, text: string): Problem | null {
  const at = [text.indexOf('\u0000'), bytes.includes('\ufffd') ? -1 : text.indexOf('\ufffd')].filter(
    (index) => index !== -1,
  );
  if (at.length === 0) return null;
  const start = Math.min(...at);
  const span = { start, end: start + 1 };
  return { span, message: 'this is not UTF-8 text', hint: 'expected a YAML file in UTF-8', remedy: null };
}

function empty(text: string): Problem | null {
  // Line by line: one expression for the whole text would take quadratic time on many blank lines.
  if (text.split('\n').every((line) => /^(#|---$|\.\.\.$|$)/.test(line.trim()))) {
    const hint = 'expected at least "version: 1" and suites';
    return {
      span: { start: 0, end: 1 },
      message: 'the registry is empty',
      hint,
      remedy: 'runner init writes one from what it finds',
    };
  }
  return null;
}
