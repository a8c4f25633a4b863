/**
 * Vitest, one process a file, the version of the project that the suite lies in: its configuration, its plugins and its
 * own reporters are what they are without the runner.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { type Framework, frameworkIn } from '../framework.ts';

/** Reporters are told of single tests since then. */
const OLDEST = 3;

export const vitest: Adapter = {
  name: 'vitest',
  discover: null,
  lines: 'supported',

  prepare: async () =>
    ok({
      launch: (file) => {
        const found = frameworkIn(file.command.cwd, 'vitest', OLDEST);
        if (!found.ok) return found;
        return ok(channelLaunch(file, process.execPath, [shipped('vitest-start.mjs'), entryOf(found.value)]));
      },
      dispose: async () => {},
    }),
};

/** URL of the project's `vitest/node`. */
function entryOf({ folder, exports }: Framework): string {
  const entry = exports['./node'];
  const path = typeof entry === 'string' ? entry : (entry?.default ?? entry?.import ?? './dist/node.js');
  return pathToFileURL(join(folder, path)).href;
}
