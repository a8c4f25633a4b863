/** Where the registry is (named, or the nearest one from a folder upward), and its text. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { err, ok, type Result } from '../events/index.ts';
import type { Diagnostic } from './config.ts';
import { unplaced } from './unplaced.ts';

const NAMES = ['runner.config.yaml', 'runner.config.yml'] as const;

export interface LoadOptions {
  /** as given with `--config`, relative to `cwd`; absent: the variable RUNNER_CONFIG, else searched for from `cwd` upward */
  readonly path?: string | undefined;
  /** absolute */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @returns absolute path of a file that exists (what it is, is not looked at) */
function findRegistry(options: LoadOptions): Result<string, Diagnostic> {
  const fromEnv = options.env.RUNNER_CONFIG;
  const named = options.path ?? (fromEnv === '' ? undefined : fromEnv);
  if (named !== undefined) {
    const path = resolve(options.cwd, named);
    if (existsSync(path)) return ok(path);
    const source = options.path === undefined ? 'RUNNER_CONFIG names it' : null;
    return err(
      unplaced(`no such file: ${named}`, { hint: source, remedy: `runner init writes a ${NAMES[0]}` }),
    );
  }
  for (let folder = options.cwd; ; folder = dirname(folder)) {
    const found = NAMES.map((name) => join(folder, name)).filter((path) => existsSync(path));
    const [only, second] = found;
    if (second !== undefined) {
      return err(unplaced(`both ${NAMES.join(' and ')} in ${folder}`, { remedy: 'keep one of them' }));
    }
    if (only !== undefined) return ok(only);
    if (dirname(folder) === folder) {
      const message = `no ${NAMES[0]} in ${options.cwd} or any folder above it`;
      return err(unplaced(message, { remedy: 'runner init writes one from what it finds' }));
    }
  }
}

export interface RegistryText {
  /** absolute */
  readonly path: string;
  readonly bytes: Buffer;
}

export function readRegistry(options: LoadOptions): Result<RegistryText, readonly Diagnostic[]> {
  const found = findRegistry(options);
  if (!found.ok) return err([found.error]);
  const path = found.value;
  try {
    return ok({ path, bytes: readFileSync(path) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err([unplaced('the registry can not be read', { file: path, hint: reason })]);
  }
}
