/** What the adapters have in common that put a reporter of ours into another framework. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlannedFile } from '../../../categories/index.ts';
import type { Launch } from '../adapter.ts';
import { newToken } from './token.ts';
import { BRIEF, type Brief } from './wire.ts';

/** A file that lies beside the bundled command line; from source the built one is named. */
export function shipped(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, name);
  return existsSync(beside) ? beside : join(here, '../../../../dist/cli', name);
}

/** How a file is started whose reporter speaks on descriptor 3. */
export function channelLaunch(
  file: PlannedFile,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Launch {
  const token = newToken();
  const brief: Brief = { token, file: file.path, grep: file.grep, lines: file.lines };
  return {
    program,
    args,
    env: { ...env, [BRIEF]: JSON.stringify(brief) },
    cwd: file.command.cwd,
    bundled: false,
    // What checks its lines is loaded for a file that has some: the adapters themselves are there for every command.
    read: async (stream, listener) => (await import('./read.ts')).readChannel(stream, listener, token),
    conclude: null,
  };
}
