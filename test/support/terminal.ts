/** The real command line on a terminal of its own: keys go in, what it writes comes out. The terminal is that of script(1). */
import { spawn } from 'node:child_process';
import { after } from 'node:test';
import { cleanEnvironment, REPOSITORY } from './cli.ts';

export interface TerminalSession {
  press(keys: string): void;
  /** Resolves once the text is there, after what was read before. @returns what came up to it and with it */
  until(text: string): Promise<string>;
  /** @returns exit code and what came after the last text that was waited for */
  ended(): Promise<{ readonly code: number | null; readonly rest: string }>;
}

const PATIENCE = 60_000;

/** Starts `runner` in the folder. @param env besides the machine's */
export function onTerminal(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): TerminalSession {
  const quoted = [process.execPath, `${REPOSITORY}/bin/runner.cjs`, ...args].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const child = spawn('script', ['-qfec', `exec ${quoted.join(' ')}`, '/dev/null'], {
    cwd: dir,
    env: { ...cleanEnvironment(), SHELL: '/bin/sh', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let read = 0;
  let wake = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text.replaceAll('\r\n', '\n');
    wake();
  });
  let code: number | null | 'none yet' = 'none yet';
  child.once('close', (status) => {
    code = status;
    wake();
  });
  after(() => {
    if (code === 'none yet') child.kill();
  });

  const news = async (waited: string): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      wake = resolve;
      timer = setTimeout(() => reject(new Error(`${waited} did not come:\n${output.slice(read)}`)), PATIENCE);
    });
    clearTimeout(timer);
  };
  return {
    press: (keys) => child.stdin.write(keys),
    async until(text) {
      for (;;) {
        const at = output.indexOf(text, read);
        if (at >= 0) {
          const piece = output.slice(read, at + text.length);
          read = at + text.length;
          return piece;
        }
        if (code !== 'none yet') throw new Error(`it ended before "${text}":\n${output.slice(read)}`);
        await news(`"${text}"`);
      }
    },
    async ended() {
      while (code === 'none yet') await news('the end');
      return { code, rest: output.slice(read) };
    },
  };
}
