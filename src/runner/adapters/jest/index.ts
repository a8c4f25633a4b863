/**
 * Jest, one process a file, the version of the project that the suite lies in: its configuration, its transforms and its
 * own reporters are what they are without the runner.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { frameworkIn } from '../framework.ts';

/** Results tell what was run again, and reporters are told of single tests, since then. */
const OLDEST = 28;

export const jest: Adapter = {
  name: 'jest',
  discover: null,
  lines: 'supported',

  async prepare({ env, files }) {
    const titles = new Map<string, string>();
    for (const { id, path, lines } of files.filter(({ lines }) => lines.length > 0))
      titles.set(id, await (await import('./titles.ts')).titlePattern(path, lines));
    return ok({
      launch: (file) => {
        const found = frameworkIn(file.command.cwd, 'jest', OLDEST);
        if (!found.ok) return found;
        const core = createRequire(join(found.value.folder, 'package.json')).resolve('@jest/core');
        const config = createRequire(core).resolve('jest-config');
        const args = [shipped('jest-start.mjs'), core, config, titles.get(file.id) ?? ''];
        // As its own command line does.
        return ok(channelLaunch(file, process.execPath, args, { NODE_ENV: env.NODE_ENV ?? 'test' }));
      },
      dispose: async () => {},
    });
  },
};
