/** Programs that move files about: what they say matters only where they fail. */
import { rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { err, ok, type Result } from '../events/index.ts';
import { outerEnvironment, type RunContext } from './context.ts';
import { logTail } from './failure.ts';
import { exitText, runToEnd } from './launch.ts';

const TIMEOUT = 120_000;
/** bytes; below, a disk is full for a file of a cluster */
const LEAST = 64 * 1024;

/** @param makes what it makes; beside it lies what it says meanwhile @returns the last line of that, where it fails */
export async function ranQuietly(
  run: RunContext,
  program: string,
  args: readonly string[],
  makes: string,
): Promise<Result<void, string>> {
  const log = join(dirname(makes), `.${program}-${basename(makes)}.log`);
  const env = { ...outerEnvironment(run.options.env), LC_ALL: 'C' };
  const ended = await runToEnd(run, { program, args, cwd: '/', env, log }, TIMEOUT);
  const said = logTail(log);
  await rm(log, { force: true });
  if (!ended.ok) return ended;
  if (ended.value.code === 0) return ok(undefined);
  return err(`${program}: ${said.at(-1) ?? (await noSpaceIn(dirname(makes))) ?? exitText(ended.value)}`);
}

/** Said in its place where no log can be written. */
async function noSpaceIn(folder: string): Promise<string | null> {
  const space = await statfs(folder).catch(() => null);
  return space === null || space.bavail * space.bsize > LEAST ? null : `No space left on device: ${folder}`;
}
