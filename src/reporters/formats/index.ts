/** Every format: one file each, one line here. */
import { ctrf } from './ctrf.ts';
import { FORMAT_NAMES, type Format, type FormatName } from './format.ts';
import { github } from './github.ts';
import { html } from './html.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { ndjson } from './ndjson.ts';
import { otlp } from './otlp.ts';
import { trace } from './trace.ts';

export type { Format } from './format.ts';

const BY_NAME: { readonly [Name in FormatName]: Format } = {
  html,
  junit,
  ctrf,
  github,
  markdown,
  trace,
  otlp,
  ndjson,
};

export const FORMATS: readonly Format[] = FORMAT_NAMES.map((name) => BY_NAME[name]);
