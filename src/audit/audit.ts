/** The audit itself: files in, findings and a score out. Reads test files, and helpers that the registry names. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { glob } from 'tinyglobby';
import { type Config, type Diagnostic, suggest, unplaced } from '../config/index.ts';
import { err, type FileId, fileId, ok, type Result } from '../events/index.ts';
import { againstBaseline, type BaselineEntry } from './baseline.ts';
import { CHECKS, Definitions, registeredMarkers, type Surroundings } from './checks/index.ts';
import type { AuditFinding, Level } from './finding.ts';
import { BadRule, matched } from './matched.ts';
import { type AuditRule, loadRules } from './rules.ts';
import { type Score, scoreOf } from './score.ts';
import { settled } from './settle.ts';
import { languageOf, loadParser } from './syntax/parser.ts';
import { readSource, type SourceFile } from './syntax/source.ts';

export interface AuditOptions {
  readonly config: Config;
  /** test files of suites, with whether their suite needs services */
  readonly files: readonly { readonly id: FileId; readonly path: string; readonly real: boolean }[];
  readonly baseline: readonly BaselineEntry[];
}

/** A rule as reports show it. */
interface ReportedRule {
  readonly id: string;
  readonly title: string;
  readonly remedy: string;
  readonly weight: number;
  readonly level: Level;
}

export interface AuditReport {
  readonly files: readonly FileId[];
  readonly tests: number;
  readonly rules: readonly ReportedRule[];
  /** in the order of files and lines; what is known to the baseline or suppressed is left out */
  readonly findings: readonly AuditFinding[];
  /** before the baseline */
  readonly all: readonly AuditFinding[];
  readonly suppressed: readonly { readonly finding: AuditFinding; readonly reason: string }[];
  readonly known: number;
  /** of the baseline, found no more */
  readonly gone: number;
  readonly score: Score;
}

/** Rules about exceptions themselves: always on. */
const META: readonly ReportedRule[] = [
  {
    id: 'exception',
    title: 'an exception that says no reason, or that nothing needs',
    remedy: 'write audit-ignore <rule>: <why>, or take it out',
    weight: 2,
    level: 'error',
  },
  {
    id: 'syntax',
    title: 'a file that can not be parsed',
    remedy: 'repair it: nobody can say what it tests',
    weight: 5,
    level: 'error',
  },
];

export async function audit({
  config,
  files,
  baseline,
}: AuditOptions): Promise<Result<AuditReport, readonly Diagnostic[]>> {
  const settings = config.audit;
  const own = await pathsOf(settings.rules, config.root);
  const loaded = loadRules(own);
  if (!loaded.ok) return loaded;
  const rules = activeRules(loaded.value.rules, settings.levels);
  if (!rules.ok) return rules;
  const parser = await loadParser();
  if (!parser.ok) return err([parser.error]);

  const helpers = await pathsOf(settings.helpers, config.root);
  const meant = new Set(await pathsOf(settings.files, config.root));
  const chosen = settings.files.length === 0 ? files : files.filter(({ path }) => meant.has(path));
  const claimed = new Set(files.map(({ path }) => path));
  const wanted = [
    ...chosen.map((file) => ({ ...file, helper: false })),
    ...helpers
      .filter((path) => !claimed.has(path))
      .map((path) => ({ id: fileId(path.slice(config.root.length + 1)), path, real: true, helper: true })),
  ].sort((a, b) => (a.id < b.id ? -1 : 1));
  const sources = wanted.flatMap((file): SourceFile[] => {
    const language = languageOf(file.path);
    return language === null
      ? []
      : [readSource(parser.value, { ...file, language, text: readFileSync(file.path, 'utf8') })];
  });

  const active = new Map(rules.value.map((rule) => [rule.id, rule]));
  const surroundings: Surroundings = {
    definitions: new Definitions(parser.value, config.root),
    limits: settings.limits,
    tags: new Set([...registryTags(config), ...settings.tags, ...registeredMarkers(config.root)]),
    all: sources,
  };
  const allowed = await Promise.all(
    settings.allow.map(async ({ rule, files, reason }) => ({
      rule,
      files: new Set(await pathsOf(files, config.root)),
      reason,
    })),
  );
  let found: readonly AuditFinding[];
  try {
    found = sources.flatMap((file) => [
      ...patternHits(loaded.value.rules, active, file),
      ...checkHits(active, file, surroundings),
    ]);
  } catch (error) {
    if (!(error instanceof BadRule)) throw error;
    return err([
      unplaced(`the parser refuses the rule "${error.rule}" of the audit`, { hint: error.message }),
    ]);
  }
  const { findings, suppressed } = settled(allowed, found, sources, active);
  const { fresh, known, gone } = againstBaseline(findings, baseline);
  return ok({
    files: sources.map(({ id }) => id),
    tests: sources.reduce((sum, { tests }) => sum + tests.length, 0),
    rules: rules.value,
    findings: fresh,
    all: findings,
    suppressed,
    known,
    gone,
    score: scoreOf(rules.value, affectedFiles(findings), Math.max(1, sources.length)),
  });
}

async function pathsOf(globs: readonly string[], root: string): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const found = await glob([...globs], {
    cwd: root,
    ignore: ['**/node_modules/**'],
    expandDirectories: false,
  });
  return found.sort().map((path) => resolve(join(root, path)));
}

const registryTags = ({ suites, categories }: Config): readonly string[] =>
  [...suites.values(), ...categories.values()].flatMap(({ tags }) => tags);

/** Every rule that is on, with its level; a level for a rule that does not exist is a mistake. */
function activeRules(
  patterns: readonly AuditRule[],
  levels: ReadonlyMap<string, Level | 'off'>,
): Result<readonly ReportedRule[], readonly Diagnostic[]> {
  const all = [
    ...patterns.map((rule) => ({ ...rule, optional: false })),
    ...CHECKS,
    ...META.map((rule) => ({ ...rule, optional: false })),
  ];
  const names = all.map(({ id }) => id);
  const unknown = [...levels.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    return err(
      unknown.map((name) => unplaced(`unknown rule "${name}" of the audit`, { hint: suggest(name, names) })),
    );
  }
  return ok(
    all.flatMap(({ id, title, remedy, weight, optional }) => {
      const level = levels.get(id) ?? (optional ? 'off' : 'error');
      return level === 'off' ? [] : [{ id, title, remedy, weight, level }];
    }),
  );
}

function patternHits(
  patterns: readonly AuditRule[],
  active: ReadonlyMap<string, ReportedRule>,
  file: SourceFile,
): readonly AuditFinding[] {
  return patterns.flatMap((rule) => {
    const reported = active.get(rule.id);
    const matcher = rule.matchers[file.family];
    if (reported === undefined || matcher === undefined || (rule.where === 'real' && !file.real)) return [];
    return matched(file, rule.id, matcher).map(({ line, column }) =>
      finding(file, reported, { line, column, message: null }),
    );
  });
}

function checkHits(
  active: ReadonlyMap<string, ReportedRule>,
  file: SourceFile,
  surroundings: Surroundings,
): readonly AuditFinding[] {
  return CHECKS.flatMap((check) => {
    const reported = active.get(check.id);
    if (reported === undefined) return [];
    return check.run(file, surroundings).map((hit) => finding(file, reported, hit));
  });
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly message: string | null;
}

function finding(
  file: SourceFile,
  { id, level, title, remedy }: ReportedRule,
  { line, column, message }: Place,
): AuditFinding {
  const inside = file.tests.findLast(({ node }) => {
    const { start, end } = node.range();
    return start.line + 1 <= line && line <= end.line + 1;
  });
  return {
    rule: id,
    level,
    file: file.id,
    line,
    column,
    message: message ?? title,
    remedy,
    test: inside?.title ?? null,
    source: file.lines[line - 1] ?? '',
  };
}

function affectedFiles(findings: readonly AuditFinding[]): ReadonlyMap<string, number> {
  const files = new Map<string, Set<string>>();
  for (const { rule, file } of findings) files.set(rule, (files.get(rule) ?? new Set()).add(file));
  return new Map([...files].map(([rule, names]) => [rule, names.size]));
}
