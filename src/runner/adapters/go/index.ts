/**
 * `go test`, one process a file: go runs packages, so the file's own test functions are run by their names. Modules, build
 * cache and settings are the project's and the user's own.
 */
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { programOn } from '../program.ts';

export const go: Adapter = {
  name: 'go',
  discover: null,
  lines: 'supported',

  prepare: async ({ env }) =>
    ok({
      launch: (file) => {
        const words = file.command.run ?? ['go', 'test'];
        const found = programOn(
          words,
          file.command.cwd,
          env,
          'install Go (https://go.dev/dl, or the package golang-go), or say where it is, e.g. run: [/usr/local/go/bin/go, test]',
        );
        if (!found.ok) return found;
        return ok(channelLaunch(file, process.execPath, [shipped('go-start.mjs'), ...words]));
      },
      dispose: async () => {},
    }),
};
