/** Flags of commands that are about the registry's services and select no files. */
import { type Command, Option } from 'commander';

export interface RegistryFlags {
  readonly config?: string;
  readonly env?: string;
  readonly provider?: readonly string[];
  readonly json?: boolean;
}

export const registryFlags = (command: Command): Command =>
  command
    .option('--env <name>', 'environment of the registry')
    .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards');

export const providerFlag = (): Option =>
  new Option(
    '--provider <service=provider>',
    'where a service must come from: external, warm, embedded, binary, package, docker (repeatable)',
  ).argParser((value: string, before: string[] | undefined): string[] => [...(before ?? []), value]);
