/** The program and the style of the pages, as they were built. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

let read: { readonly script: string; readonly style: string } | undefined;

/** Built beside the command line; from source the built ones are named. */
export function assets(): { readonly script: string; readonly style: string } {
  const here = fileURLToPath(import.meta.url);
  const beside = join(here, '..', 'report');
  const folder = existsSync(beside) ? beside : join(here, '../../../../dist/cli/report');
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  read ??= { script: text('page.js'), style: text('page.css') };
  return read;
}
