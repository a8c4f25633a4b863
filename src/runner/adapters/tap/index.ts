/**
 * Any program that prints the Test Anything Protocol, versions 12 to 14. Lines between that are no TAP are its output.
 * The end marker is the plan: without one, or after "Bail out!", it never came.
 */
import { createReadStream } from 'node:fs';
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { commandOf, ignoreStream, launchOf, wantedBy } from '../command.ts';
import { readTap } from './read.ts';

export const tap: Adapter = {
  name: 'tap',
  discover: null,
  lines: 'unsupported',

  prepare: async () =>
    ok({
      launch: (file, place) => {
        const command = commandOf(file, place);
        const options = { title: command.title, cwd: file.command.cwd, wanted: wantedBy(file) };
        return ok(
          launchOf(file, command, {
            read: ignoreStream,
            conclude: ({ output }, listener) => readTap(createReadStream(output), options, listener),
          }),
        );
      },
      dispose: async () => {},
    }),
};
