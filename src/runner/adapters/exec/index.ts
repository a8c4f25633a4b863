/** Any program: its exit code is its one test. 0 passed, everything else failed. */
import { open } from 'node:fs/promises';
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { commandOf, ignoreStream, launchOf, SILENT, wantedBy } from '../command.ts';

export const exec: Adapter = {
  name: 'exec',
  discover: null,
  lines: 'unsupported',

  prepare: async () =>
    ok({
      launch: (file, place) => {
        const command = commandOf(file, place);
        const path = [command.title];
        const wanted = wantedBy(file)(path);
        const began = performance.now();
        return ok(
          launchOf(file, command, {
            read: (stream, listener) => {
              if (wanted) listener.started(path);
              return ignoreStream(stream, listener);
            },
            conclude: async ({ code, output }, listener) => {
              if (code === null) return SILENT;
              if (!wanted) return { ...SILENT, planned: 1, reported: 1, filtered: 1 };
              listener.finished({
                path,
                verdict: code === 0 ? 'passed' : 'failed',
                ms: performance.now() - began,
                at: null,
                error:
                  code === 0
                    ? null
                    : { name: 'ExitCode', message: `exited with code ${code}${await lastWords(output)}` },
                reason: null,
              });
              return { ...SILENT, planned: 1, reported: 1 };
            },
          }),
        );
      },
      dispose: async () => {},
    }),
};

const TAIL = 4096;
const LINES = 10;

/** The last lines of what it printed; they most often say why. */
async function lastWords(output: string): Promise<string> {
  const file = await open(output).catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, TAIL));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-LINES);
    return lines.join('').trim() === '' ? '' : `\n${lines.join('\n')}`;
  } finally {
    await file.close();
  }
}
