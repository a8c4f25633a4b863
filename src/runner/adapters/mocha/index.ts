/**
 * Mocha, one process a file, the version of the project that the suite lies in: its settings, its interface and its
 * reporter are what they are without the runner.
 */
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { frameworkIn } from '../framework.ts';

/** Its parts lie where they are looked for since then. */
const OLDEST = 8;

export const mocha: Adapter = {
  name: 'mocha',
  discover: null,
  lines: 'supported',

  prepare: async () =>
    ok({
      launch: (file) => {
        const found = frameworkIn(file.command.cwd, 'mocha', OLDEST);
        if (!found.ok) return found;
        return ok(channelLaunch(file, process.execPath, [shipped('mocha-start.mjs'), found.value.folder]));
      },
      dispose: async () => {},
    }),
};
