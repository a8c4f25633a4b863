/** `runner kept open <run>`: the psql line of every database; a stored server is served meanwhile. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { newRunId } from '../../events/index.ts';
import { openCommand } from '../../reporters/index.ts';
import {
  type KeptDatabase,
  type KeptRun,
  killEverythingNow,
  type OpenedServer,
  openStored,
  sweptFolder,
} from '../../services/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES, signalExit } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import { onSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { keptRun, keptRuns, serviceFileFor } from './list.ts';

/** @returns 0, also after Ctrl-C, which is how it is closed; 105 where a server does not start or dies */
export async function openRun(name: string, flags: RegistryFlags, terminal: Terminal): Promise<number> {
  const runs = await keptRuns(flags, terminal);
  if (!runs.ok) return problems(runs.error, terminal);
  const found = keptRun(runs.value, name);
  if (!found.ok) return problems([found.error], terminal);
  const kept = found.value;
  const stored = new Set(
    kept.databases.flatMap(({ server }) => (server.kind === 'stored' ? [server.data] : [])),
  );
  for (const one of kept.databases) {
    if (one.server.kind === 'running') tell(one, kept, serviceFileFor(kept, one), terminal);
  }
  return stored.size === 0 ? EXIT_CODES.ok.code : serve(kept, [...stored], flags, terminal);
}

async function serve(
  kept: KeptRun,
  stored: readonly string[],
  flags: RegistryFlags,
  terminal: Terminal,
): Promise<number> {
  const chosen = await chosenEnvironment(flags, terminal);
  if (!chosen.ok) return problems(chosen.error, terminal);
  const abort = new AbortController();
  const asked = new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
  onSignals({
    cancel: () => abort.abort(),
    kill: (signal) => process.exit(signalExit(signal)),
  });
  process.on('exit', killEverythingNow);
  const id = newRunId();
  const scratch = sweptFolder(id);
  const options = {
    ...chosen.value,
    runId: id,
    runDir: join(scratch, 'run'),
    emit: () => {},
    env: terminal.env,
    signal: abort.signal,
  };
  const opened: OpenedServer[] = [];
  let code: number = EXIT_CODES.ok.code;
  for (const data of stored) {
    const server = await openStored(options, kept, data);
    if (server.ok) opened.push(server.value);
    else if (!abort.signal.aborted) {
      terminal.err.write(` error  ${server.error}\n`);
      code = EXIT_CODES.services.code;
    }
  }
  for (const { databases, serviceFile } of opened)
    for (const one of databases) tell(one, kept, serviceFile, terminal);
  if (code === EXIT_CODES.ok.code && !abort.signal.aborted) {
    terminal.out.write(
      ' open until Ctrl-C; what you change goes with it, the kept one stays as the test left it\n',
    );
    const end = await Promise.race([asked, ...opened.map(({ died }) => died)]);
    if (typeof end === 'string') {
      terminal.err.write(` error  the server died (${end})\n`);
      code = EXIT_CODES.services.code;
    }
  }
  const left = (await Promise.all(opened.map(({ close }) => close()))).flat();
  rmSync(scratch, { recursive: true, force: true });
  for (const what of left) terminal.err.write(` error  could not be removed: ${what}\n`);
  return code;
}

function tell(
  { file, service, name }: KeptDatabase,
  { run }: KeptRun,
  serviceFile: string | null,
  { out, cwd }: Terminal,
): void {
  out.write(` ${file}  ${service}\n     ${openCommand({ runId: run, database: name, serviceFile }, cwd)}\n`);
}
