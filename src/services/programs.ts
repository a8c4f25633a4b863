/** Finding programs, and asking them for their version. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { err, ok, type Result } from '../events/index.ts';
import { outerEnvironment, type RunContext } from './context.ts';
import { exitText, runToEnd } from './launch.ts';

/** Absolute path of the first executable of that name on PATH; null where there is none. */
export function onPath(program: string, env: NodeJS.ProcessEnv): string | null {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder !== '' && isExecutable(path)) return path;
  }
  return null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a short-lived program says, stdout and stderr together; an error where it does not end with 0. */
export async function outputOf(
  run: RunContext,
  program: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly timeout?: number;
    readonly cwd?: string;
  } = {},
): Promise<Result<string, string>> {
  const log = join(run.scratch(), `output-${randomBytes(4).toString('hex')}`);
  const env = { ...outerEnvironment(run.options.env), LC_ALL: 'C', ...options.env };
  const ended = await runToEnd(
    run,
    { program, args, cwd: options.cwd ?? '/', env, log },
    options.timeout ?? 10_000,
  );
  const output = readText(log);
  await rm(log, { force: true });
  if (!ended.ok) return ended;
  return ended.value.code === 0 ? ok(output) : err(output.trim() || exitText(ended.value));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
