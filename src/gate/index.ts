/**
 * Whether to deploy. In: the registry, the files that hold deployed variables, what runs have shown. Out: findings and
 * verdicts as facts, each with its reason and its remedy. Nothing is started here and no value of a secret leaves it.
 */
export { runChecks } from './after.ts';
export { auditCheck, environmentChecks } from './before.ts';
export { broken, type GateCheck, isGo, notRun } from './check.ts';
export * from './environment/index.ts';
export { proofChecks } from './proof.ts';
export { type GateRecord, sha256, signed, type Unsigned, verifyRecord } from './record.ts';
export { repositoryState } from './repository.ts';
