/** Where a framework of npm lies that a suite uses: always the project's own, never the runner's. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';

export interface Framework {
  /** absolute; its own folder */
  readonly folder: string;
  readonly version: string;
  /** its entry points, by the name under which they are exported */
  readonly exports: Readonly<
    Record<string, { readonly default?: string; readonly import?: string } | string>
  >;
}

/**
 * @param oldest first major version that the adapter can drive
 * @returns why it can't be used, and what to do about that
 */
export function frameworkIn(cwd: string, name: string, oldest: number): Result<Framework, string> {
  let manifest: string;
  try {
    manifest = createRequire(join(cwd, 'package.json')).resolve(`${name}/package.json`);
  } catch {
    return err(
      `${name} was not found from ${cwd}: install it there (npm install --save-dev ${name}), or give the suite its cwd`,
    );
  }
  // A package's own manifest: npm has checked it.
  const { version, exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as Framework;
  const folder = dirname(manifest);
  if (Number.parseInt(version, 10) < oldest)
    return err(`${name} ${version} in ${folder} is too old: expected ${oldest} or newer`);
  return ok({ folder, version, exports });
}
