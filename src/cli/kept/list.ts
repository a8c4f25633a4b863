/** `runner kept [list]` and `runner kept remove`. */
import { join } from 'node:path';
import { type Diagnostic, recordsFolder, suggest, unplaced } from '../../config/index.ts';
import { err, isNamed, ok, type Result } from '../../events/index.ts';
import { count, openCommand, removeCommand } from '../../reporters/index.ts';
import {
  type KeptDatabase,
  type KeptRun,
  readKept,
  removeKept,
  serviceFileOf,
} from '../../services/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { Terminal } from '../terminal.ts';

export interface KeptFlags extends RegistryFlags {
  readonly all?: boolean;
}

/** All that is kept of the registry's project, oldest first. */
export async function keptRuns(
  flags: RegistryFlags,
  terminal: Terminal,
): Promise<Result<readonly KeptRun[], readonly Diagnostic[]>> {
  const chosen = await chosenEnvironment(flags, terminal);
  return chosen.ok ? ok(readKept(join(recordsFolder(chosen.value.config.root), 'kept'))) : chosen;
}

/** @param name an id, or the end of one */
export function keptRun(runs: readonly KeptRun[], name: string): Result<KeptRun, Diagnostic> {
  const named = runs.filter(({ run }) => isNamed(run, name));
  const [only, second] = named;
  const ids = runs.map(({ run }) => run);
  if (only === undefined) {
    const hint = runs.length === 0 ? null : suggest(name, ids);
    return err(
      unplaced(`nothing is kept of a run "${name}"`, { hint, remedy: 'runner kept lists what there is' }),
    );
  }
  if (second === undefined) return ok(only);
  const several = named.map(({ run }) => run).join(' or ');
  return err(unplaced(`"${name}" may be ${several}`, { remedy: 'write it in full' }));
}

export const serviceFileFor = ({ folder }: KeptRun, { server }: KeptDatabase): string | null =>
  server.kind === 'running' ? serviceFileOf(folder) : null;

export async function listKept(flags: RegistryFlags, terminal: Terminal): Promise<number> {
  const runs = await keptRuns(flags, terminal);
  if (!runs.ok) return problems(runs.error, terminal);
  if (flags.json === true) {
    terminal.out.write(`${JSON.stringify(runs.value.map(asJson), null, 2)}\n`);
    return EXIT_CODES.ok.code;
  }
  if (runs.value.length === 0)
    terminal.out.write(' nothing is kept; runner --keep-failed keeps what fails\n');
  for (const kept of runs.value) terminal.out.write(asText(kept, terminal));
  return EXIT_CODES.ok.code;
}

function asText(kept: KeptRun, { theme, cwd }: Terminal): string {
  const at = kept.keptAt.slice(0, 16).replace('T', ' ');
  const files = kept.databases.map(
    (one) => `     ${one.file}  ${one.service}, ${one.what} ${one.name} (${whereOf(one)})`,
  );
  const commands = kept.databases.map((one) =>
    openCommand({ runId: kept.run, database: one.name, serviceFile: serviceFileFor(kept, one) }, cwd),
  );
  const told = [...new Set(commands)].map((command) => `     open    ${command}`);
  return [
    ` ${theme.bold(kept.run)}  ${at} UTC`,
    ...files,
    ...told,
    `     remove  ${removeCommand({ runId: kept.run })}`,
    '',
  ].join('\n');
}

const whereOf = ({ server }: KeptDatabase): string =>
  server.kind === 'running'
    ? `on the ${server.provider} server`
    : `stored, Postgres ${server.engine.version}`;

const asJson = (kept: KeptRun) => ({
  ...kept,
  databases: kept.databases.map(({ url, server, ...rest }) => ({
    ...rest,
    server:
      server.kind === 'running'
        ? { kind: server.kind, provider: server.provider }
        : { kind: server.kind, data: server.data, engine: server.engine },
    serviceFile: server.kind === 'running' ? serviceFileOf(kept.folder) : null,
  })),
});

/** @returns 0 where all of them are gone, 105 where a server would not drop one */
export async function removeRuns(
  names: readonly string[],
  flags: KeptFlags,
  terminal: Terminal,
): Promise<number> {
  const runs = await keptRuns(flags, terminal);
  if (!runs.ok) return problems(runs.error, terminal);
  if (names.length === 0 && flags.all !== true) {
    return problems(
      [unplaced('which runs?', { remedy: 'name them, or say --all; runner kept lists them' })],
      terminal,
    );
  }
  const chosen =
    flags.all === true ? runs.value.map((run) => ok(run)) : names.map((name) => keptRun(runs.value, name));
  const unknown = chosen.flatMap((one) => (one.ok ? [] : [one.error]));
  if (unknown.length > 0) return problems(unknown, terminal);
  let left = 0;
  for (const kept of new Set(chosen.flatMap((one) => (one.ok ? [one.value] : [])))) {
    const reasons = await removeKept(kept);
    for (const reason of reasons) terminal.err.write(` error  ${reason}\n`);
    if (reasons.length === 0)
      terminal.out.write(` ${kept.run}: ${count(kept.databases.length, 'database')} removed\n`);
    else terminal.err.write(`        where its server is gone for good, remove ${kept.folder}\n`);
    left += reasons.length;
  }
  return left === 0 ? EXIT_CODES.ok.code : EXIT_CODES.services.code;
}
