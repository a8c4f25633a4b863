/** The registry's schema for editors: completion and help for every key, from the same source as the checks. */
import * as z from 'zod';
import { registrySchema } from './schema.ts';

/** JSON Schema, draft 7 (the newest that YAML language servers read in full). */
export function registryJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(registrySchema, { io: 'input', target: 'draft-7' });
  return {
    ...schema,
    title: 'runner.config.yaml',
    description: 'The registry of services, categories, suites and environments of the test runner.',
  };
}
