export * from './config.ts';
export { type LoadOptions, loadConfig, renderDiagnostics } from './load.ts';
export {
  expandTemplate,
  type TemplateLookup,
  type TemplateProblem,
  type TemplateReference,
} from './template.ts';
