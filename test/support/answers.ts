/**
 * Answers command lines one after another in one process, which is many times as quick as a process each: for those that run
 * no tests. A child of the test of flags; asked and answered by messages.
 */
import { simplified } from '../../src/cli/exit-codes.ts';
import { answer } from '../../src/cli/program.ts';

export interface Asked {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface Answered {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

process.on('message', (asked: Asked) => {
  // One at a time: they share the folder, the environment and the streams of the process.
  void answered(asked).then((one) => process.send?.(one));
});

async function answered({ cwd, args, env }: Asked): Promise<Answered> {
  const [folder, before] = [process.cwd(), { ...process.env }];
  process.chdir(cwd);
  Object.assign(process.env, env);
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  try {
    const { code, style } = await answer(args);
    return { code: style === 'simple' ? simplified(code) : code, stdout: stdout.end(), stderr: stderr.end() };
  } finally {
    stdout.end();
    stderr.end();
    process.chdir(folder);
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

function captured(stream: NodeJS.WriteStream): { end(): string } {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: Uint8Array | string): boolean => {
    text += String(chunk);
    return true;
  };
  return {
    end: () => {
      stream.write = write;
      return text;
    },
  };
}
