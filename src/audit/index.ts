/**
 * Whether tests can be believed, told from their text alone. In: the registry, test files, rules. Out: findings with their
 * places, a score whose parts add up. Nothing of the project is run, and nothing of it is changed.
 */
export { type AuditOptions, type AuditReport, audit } from './audit.ts';
export { type BaselineEntry, readBaseline, writeBaseline } from './baseline.ts';
export type { AuditFinding } from './finding.ts';
export { type LoadedRules, loadRules } from './rules.ts';
export { sarif } from './sarif.ts';
export type { RuleScore, Score } from './score.ts';
