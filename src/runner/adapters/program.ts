/** Whether the tool that a language brings is there at all: asked before a file is started, to say what to do about it. */
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';

/**
 * @param words program and arguments @param remedy what to do where it is not there
 * @returns its path; or why it can't be started
 */
export function programOn(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  remedy: string,
): Result<string, string> {
  const [program = ''] = words;
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return ok(found);
  return err(`${program} was not found${program.includes('/') ? '' : ' on the PATH'}: ${remedy}`);
}
