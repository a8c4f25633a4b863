/** Standard output and error as the commands use them: a closed pipe ends the words, never the run. */
import { type Theme, theme } from '../reporters/index.ts';

export interface Terminal {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly theme: Theme;
  /** colours and marks for standard error, which may be another kind of stream */
  readonly errTheme: Theme;
  /** a person is looking, and the cursor may be moved */
  readonly live: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

interface TerminalFlags {
  readonly color: boolean;
  readonly ascii: boolean;
}

/** What every command takes. */
export interface SharedFlags extends TerminalFlags {
  readonly exitCodeStyle: 'precise' | 'simple';
}

export function terminal(flags: TerminalFlags): Terminal {
  const { stdout: out, stderr: err, env } = process;
  for (const stream of [out, err]) stream.on('error', ignoreClosed);
  const dumb = env.TERM === 'dumb';
  const ascii = flags.ascii || dumb;
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  const colour = (stream: NodeJS.WriteStream) =>
    flags.color && env.NO_COLOR === undefined && !dumb && (stream.isTTY || forced) ? 'auto' : 'never';
  return {
    out,
    err,
    theme: theme({ colour: colour(out), ascii }),
    errTheme: theme({ colour: colour(err), ascii }),
    live: out.isTTY === true && !dumb && env.CI === undefined,
    cwd: process.cwd(),
    env,
  };
}

/** The reader has gone (`runner | head`): the run goes on to its end, and its exit code still tells the truth. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
}
