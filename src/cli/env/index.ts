/** `runner env …`: names, flags and help; what they do is beside. */
import { type Command, Option } from 'commander';
import { lazily } from '../lazily.ts';
import { registryFlags } from '../registry-flags.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { CheckFlags } from './check.ts';

type Flags = CheckFlags & SharedFlags;

const check = lazily(async () => (await import('./check.ts')).check);

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function environmentCommand(
  program: Command,
  withShared: (command: Command) => Command,
  answer: (
    flags: Flags,
    command: (flags: CheckFlags, terminal: Terminal) => Promise<number>,
  ) => Promise<void>,
): void {
  const group = program
    .command('env')
    .description('look at the environments that the product is deployed to');
  withShared(registryFlags(group.command('check')))
    .description(
      'hold the variables of deployed services to the rules of the registry; exits 101 where one is broken, and starts nothing',
    )
    .addOption(
      new Option(
        '--file <[service=]path>',
        '.env, YAML or JSON with their variables (repeatable); else the deployments of the registry, else this process',
      ).argParser(collect),
    )
    .option('--process', "hold this process's own variables to the rules, besides the files that are named")
    .addOption(new Option('-s, --service <names>', 'only these services').argParser(collect))
    .option('--json', 'as JSON')
    .action((flags: Flags) => answer(flags, check));
}
