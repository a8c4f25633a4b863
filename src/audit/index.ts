/**
 * Whether tests can be believed, told from their text alone. In: the registry, test files, rules. Out: findings with their
 * places, a score whose parts add up. Nothing of the project is run for that, and nothing of it is changed. Whether tests would
 * notice the loss of a service is told by running them (`proof`).
 */
export { type AuditOptions, type AuditReport, audit } from './audit.ts';
export { type BaselineEntry, readBaseline, writeBaseline } from './baseline.ts';
export type { AuditFinding } from './finding.ts';
export * from './proof/index.ts';
export { type LoadedRules, loadRules } from './rules.ts';
export { sarif } from './sarif.ts';
export type { RuleScore, Score } from './score.ts';
