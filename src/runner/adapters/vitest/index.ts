/**
 * Vitest, one process a file, the version of the project that the suite lies in: its configuration, its plugins and its
 * own reporters are what they are without the runner.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { err, ok, type Result } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';

/** Reporters are told of single tests since then. */
const OLDEST = 3;

export const vitest: Adapter = {
  name: 'vitest',
  discover: null,
  lines: 'supported',

  prepare: async () =>
    ok({
      launch: (file) => {
        const address = entryIn(file.command.cwd);
        if (!address.ok) return address;
        return ok(channelLaunch(file, process.execPath, [shipped('vitest-start.mjs'), address.value]));
      },
      dispose: async () => {},
    }),
};

/** URL of the project's `vitest/node`. */
function entryIn(cwd: string): Result<string, string> {
  let manifest: string;
  try {
    manifest = createRequire(join(cwd, 'package.json')).resolve('vitest/package.json');
  } catch {
    return err(
      `vitest was not found from ${cwd}: install it there (npm install --save-dev vitest), or give the suite its cwd`,
    );
  }
  // A package's own manifest: npm has checked it.
  const { version, exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    version: string;
    exports: Record<string, { default?: string; import?: string } | string>;
  };
  if (Number.parseInt(version, 10) < OLDEST)
    return err(`vitest ${version} in ${dirname(manifest)} is too old: expected ${OLDEST} or newer`);
  const entry = exports['./node'];
  const path = typeof entry === 'string' ? entry : (entry?.default ?? entry?.import ?? './dist/node.js');
  return ok(pathToFileURL(join(dirname(manifest), path)).href);
}
