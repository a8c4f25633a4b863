/** `runner list`: what the registry holds and a selection would mean. Its own command: a listing is never a run. */
import { EXIT_CODES } from './exit-codes.ts';
import type { SelectionFlags } from './flags.ts';
import { orphanLines, registryListing } from './listing.ts';
import { prepare } from './prepare.ts';
import { problems } from './problems.ts';
import type { Terminal } from './terminal.ts';

export interface ListFlags extends SelectionFlags {
  readonly json?: boolean;
  readonly orphans?: boolean;
}

/** @returns the exit code */
export async function list(paths: readonly string[], flags: ListFlags, terminal: Terminal): Promise<number> {
  const prepared = await prepare({ paths, flags, purpose: 'listing' }, terminal);
  if (!prepared.ok) return problems(prepared.error, terminal);
  const format = flags.json === true ? 'json' : 'text';
  if (flags.orphans !== true) {
    terminal.out.write(registryListing(prepared.value, format, terminal));
    return EXIT_CODES.ok.code;
  }
  const { orphans } = prepared.value.discovery;
  if (format === 'json') terminal.out.write(`${JSON.stringify({ orphans }, null, 2)}\n`);
  else if (orphans.length === 0) terminal.out.write(' every test file belongs to a suite\n');
  else {
    terminal.out.write(`${orphanLines(orphans, terminal)}\n`);
    terminal.out.write("     add each to a suite's files in runner.config.yaml, or to ignore\n");
  }
  return orphans.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
}
