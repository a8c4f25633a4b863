/** `runner ui [run]`: the report as a page that follows the run while it goes on, for this machine alone. */
import { randomBytes } from 'node:crypto';
import { EXIT_CODES } from '../exit-codes.ts';
import { openInBrowser } from '../open.ts';
import { problems } from '../problems.ts';
import { findLogs } from '../run-folders.ts';
import type { Terminal } from '../terminal.ts';
import { followLog } from './follow.ts';
import { serve } from './server.ts';

export interface UiFlags {
  readonly port?: number;
  readonly open?: boolean;
}

/** Serves until it is interrupted, which is its ordinary end. @returns the exit code */
export async function ui(run: string | undefined, flags: UiFlags, terminal: Terminal): Promise<number> {
  const { cwd, out, err, theme } = terminal;
  const find = () => findLogs(run === undefined ? [] : [run], cwd);
  const first = find();
  if (!first.ok) return problems([first.error], terminal);
  const ended = interrupted();
  const source = followLog(() => {
    const found = find();
    return found.ok ? (found.value[0] ?? null) : null;
  });
  try {
    const token = randomBytes(16).toString('hex');
    const server = await serve({ source, token, port: flags.port ?? 0 });
    out.write(` ${theme.bold('runner ui')}  ${server.url}\n`);
    out.write(`     it follows ${run === undefined ? 'the newest run' : `run ${run}`}; Ctrl-C ends it\n`);
    if (flags.open === true && !(await openInBrowser(server.url, terminal.env))) {
      out.write('     no browser could be opened: open the address by hand\n');
    }
    await ended;
    await server.close();
    return EXIT_CODES.ok.code;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const where = flags.port === undefined ? 'a free port' : `port ${flags.port}`;
    err.write(` error  the page can't be served on ${where} of 127.0.0.1: ${error.message}\n`);
    err.write('        leave --port away: a free one is found\n');
    return EXIT_CODES.usage.code;
  } finally {
    source.close();
  }
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
