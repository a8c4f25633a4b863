/** The variables of deployed services, held against the rules of the registry. */
export { type CheckOptions, checkEnvironment, type EnvironmentCheck } from './check.ts';
export type { EnvironmentFinding } from './finding.ts';
export { type FileRequest, knownService, processSet, readSources } from './sources.ts';
