/** `--report` and `--format`: names of formats, each with a path where it may go elsewhere than usual. */
import { type Command, Option } from 'commander';
import { FORMAT_NAMES } from '../reporters/index.ts';

export function reportFlag(command: Command, flag: '--report' | '--format'): Command {
  return command.addOption(
    new Option(
      `${flag} <formats>`,
      `write reports: ${FORMAT_NAMES.join(', ')}; into the run's folder, github on standard output; each with =path where it shall go elsewhere (repeatable)`,
    ).argParser((value: string, before: string[] | undefined): string[] => [...(before ?? []), value]),
  );
}
