/** `runner services own`: the owner's process itself. Started by `up`, which listens on its descriptor 3 until it is up. */
import { Socket } from 'node:net';
import { killEverythingNow, ownWarmSet, warmFolder } from '../../services/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { Terminal } from '../terminal.ts';
import type { OwnerWord } from './words.ts';

export async function own(flags: RegistryFlags, terminal: Terminal): Promise<number> {
  const chosen = await chosenEnvironment(flags, terminal);
  if (!chosen.ok) return problems(chosen.error, terminal);
  const { config, environment } = chosen.value;
  const folder = warmFolder({ config, env: terminal.env });
  if (folder === null) return EXIT_CODES.services.code;
  process.on('exit', killEverythingNow);
  const parent = listener();
  const started = await ownWarmSet({
    config,
    environment,
    env: terminal.env,
    folder,
    onFact: (fact) => parent.tell({ kind: 'fact', fact }),
  });
  switch (started.kind) {
    case 'taken':
      parent.end({ kind: 'taken' });
      return EXIT_CODES.services.code;
    case 'failed':
      parent.end({ kind: 'failed', failure: started.failure });
      return EXIT_CODES.services.code;
    case 'up':
      parent.end({ kind: 'up', status: started.status });
      await started.ended;
      return EXIT_CODES.ok.code;
  }
}

/** Whoever waits for it; when that one goes before it is up, nobody wants it any more. */
function listener(): { tell(word: OwnerWord): void; end(word: OwnerWord): void } {
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  let done = false;
  socket.on('error', () => {});
  socket.once('close', () => {
    if (!done) process.kill(process.pid, 'SIGTERM');
  });
  socket.resume();
  socket.unref();
  const tell = (word: OwnerWord): void => {
    if (!done) socket.write(`${JSON.stringify(word)}\n`);
  };
  return {
    tell,
    end: (word) => {
      tell(word);
      done = true;
      socket.end();
    },
  };
}
