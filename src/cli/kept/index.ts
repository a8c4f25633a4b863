/** `runner kept …`: databases of failed files that `--keep-failed` kept. Names, flags and help; what they do is beside. */
import type { Command } from 'commander';
import { lazily } from '../lazily.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { KeptFlags } from './list.ts';

const listKept = lazily(async () => (await import('./list.ts')).listKept);
const removeRuns = lazily(async () => (await import('./list.ts')).removeRuns);
const openRun = lazily(async () => (await import('./open.ts')).openRun);

type Flags = KeptFlags & SharedFlags;
type Answer = (flags: Flags, command: (flags: Flags, terminal: Terminal) => Promise<number>) => Promise<void>;

export function keptCommand(
  program: Command,
  withShared: (command: Command) => Command,
  answer: Answer,
): void {
  const group = program
    .command('kept')
    .description('the databases of failed files that --keep-failed has kept');
  const add = (name: string, description: string): Command =>
    withShared(group.command(name, { isDefault: name === 'list' }).description(description)).option(
      '--config <file>',
      'the registry; else runner.config.yaml, from here upwards',
    );

  add('list', 'what was kept, of which file, and how it is opened')
    .option('--json', 'as JSON, without passwords')
    .action((flags: Flags) => answer(flags, listKept));
  add('open', 'say how the databases of a run are opened; serves those of its own server until Ctrl-C')
    .argument('<run>', "the run's id, or its last part")
    .action((run: string, flags: Flags) =>
      answer(flags, (more: RegistryFlags, terminal) => openRun(run, more, terminal)),
    );
  add('remove', 'drop what was kept of runs')
    .argument('[runs...]', 'their ids, or the last parts of them')
    .option('--all', 'of every run')
    .action((runs: string[], flags: Flags) =>
      answer(flags, (more, terminal) => removeRuns(runs, more, terminal)),
    );
}
