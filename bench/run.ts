/** Starts a command, waits for its end, and says how long it took; how much memory it had at most, where it is the runner. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cleanEnvironment } from '../test/support/cli.ts';

export const REPOSITORY = fileURLToPath(new URL('../', import.meta.url));
const RUNNER = join(REPOSITORY, 'bin', 'runner.cjs');

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** beside the machine's own, from which an outer run's variables are taken */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Took {
  /** wall time from start to end */
  readonly ms: number;
  /** standard output */
  readonly said: string;
}

/** @throws with what it said where it did not end with 0: what fails has no time */
export async function took({ program, args, cwd, env = {} }: Command): Promise<Took> {
  const began = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let wrong = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    wrong += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ms = performance.now() - began;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${said}${wrong}`);
  return { ms, said };
}

export const runnerIn = (cwd: string, ...args: readonly string[]): Command => ({
  program: process.execPath,
  args: [RUNNER, ...args],
  cwd,
});

/** The most memory (bytes, resident) that the runner's own process ever had, told by itself at its end. */
export async function tookAtMost(command: Command): Promise<Took & { readonly memory: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-memory-'));
  const file = join(folder, 'memory');
  const meter = pathToFileURL(join(REPOSITORY, 'bench', 'memory.mjs')).href;
  try {
    const result = await took({
      ...command,
      env: { ...command.env, NODE_OPTIONS: `--import ${meter}`, BENCH_MEMORY: file },
    });
    return { ...result, memory: Number(readFileSync(file, 'utf8')) * 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
