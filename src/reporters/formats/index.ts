/** Every format: one file each, one line here. */
import type { Format } from './format.ts';
import { markdown } from './markdown.ts';
import { ndjson } from './ndjson.ts';

export type { Format } from './format.ts';

export const FORMATS: readonly Format[] = [markdown, ndjson];
