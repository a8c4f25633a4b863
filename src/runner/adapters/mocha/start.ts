/**
 * Starts Mocha on one file, as its own command line does, and listens to its runner. Mocha is the project's: its folder
 * comes as the first argument. Options of the project that are Node's own want a process of their own, which gets the
 * event descriptor as well.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { send, takeBrief } from '../channel/send.ts';
import { BRIEF } from '../channel/wire.ts';
import { listen } from './listen.ts';
import { type Options, type Parts, partsOf } from './parts.ts';

/** Second argument of a process that has Node's options already. */
const WITH_FLAGS = 'with-flags';

/** Which files, and how many at once, is the runner's to say. */
const NOT_OF_ONE_FILE = new Set(['spec', '_', 'parallel', 'p', 'jobs', 'j', 'watch', 'w']);

const brief = takeBrief();
const [, self = '', folder = '', mark = ''] = process.argv;
const parts = await partsOf(folder);
const { own, flags } = sorted(parts);

if (flags.length > 0 && mark !== WITH_FLAGS) startAgain();
else {
  send({ k: 'hello' });
  listen(parts.Mocha, brief);
  parts.main([], own);
}

function startAgain(): void {
  const child = spawn(process.execPath, [...flags, self, folder, WITH_FLAGS], {
    // Descriptor 3 is the event channel in both.
    stdio: ['inherit', 'inherit', 'inherit', 3],
    env: { ...process.env, [BRIEF]: JSON.stringify(brief) },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
    if (signal === null) return;
    for (const one of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}

/** Mocha's own options, narrowed to the file, and those that are Node's. */
function sorted({ loadOptions, isNodeFlag, unparseNodeFlags }: Parts): {
  readonly own: Options;
  readonly flags: readonly string[];
} {
  const options = loadOptions([]);
  const entries = Object.entries(options).filter(([name]) => !NOT_OF_ONE_FILE.has(name));
  const ofNode = entries.filter(([name]) => isNodeFlag(name));
  const own = Object.fromEntries(entries.filter(([name]) => !isNodeFlag(name) && name !== 'node-option'));
  const given = options['node-option'];
  const named = Array.isArray(given) ? given.map((flag) => `--${flag}`) : [];
  const flags =
    named.length > 0
      ? named
      : unparseNodeFlags(
          Object.fromEntries(
            ofNode.map(([name, value]) => [name === 'v8-options' ? name : name.replace(/^v8-/, ''), value]),
          ),
        );
  return { own: { ...own, _: [brief.file] }, flags };
}
