/**
 * The registry file. In: a path or a folder to search from. Out: a `Config` in which every name is known and every default
 * filled in, or diagnostics that say where, what and what instead. Nothing but that one file is read; nothing is started,
 * and nothing that a user wrote makes it throw.
 */
export * from './config.ts';
export { toDiagnostics } from './diagnostic.ts';
export { diagnosticAt } from './diagnostic-at.ts';
export { type Draft, draftRegistry } from './draft/index.ts';
export { formatDuration, parseDuration } from './duration.ts';
export type { LoadOptions } from './find.ts';
export { type AdapterName, FILE_PLACE, REPORT_PLACE, type SuiteCommand } from './frameworks.ts';
export { registryJsonSchema } from './json-schema.ts';
export { loadConfig } from './load.ts';
export { nearest, suggest } from './nearest.ts';
export { literally, parsePattern } from './pattern.ts';
export * from './policies.ts';
export type { LayerConfig, ProfileConfig, ProfileSettings } from './profile-config.ts';
export * from './proof.ts';
export { recordsFolder } from './records-folder.ts';
export { loadRegistry } from './remembered.ts';
export { type RenderOptions, renderDiagnostics } from './render.ts';
export { formatSize } from './size.ts';
export { parseSkipBudget, SKIP_BUDGET, type SkipBudget } from './skip-budget.ts';
export {
  expandTemplate,
  isUrlPart,
  type OwnField,
  partOfUrl,
  type TemplateLookup,
  type TemplateProblem,
  type TemplateReference,
} from './template.ts';
export { unplaced } from './unplaced.ts';
