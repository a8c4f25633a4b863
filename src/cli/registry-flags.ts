/** Flags of commands that are about the registry's services and select no files. */
import { type Command, Option } from 'commander';
import {
  type Config,
  type Diagnostic,
  type EnvironmentConfig,
  loadConfig,
  suggest,
  unplaced,
} from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { Terminal } from './terminal.ts';

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

/** The registry and the environment that the flags name. */
export function chosenEnvironment(
  flags: RegistryFlags,
  { cwd, env }: Terminal,
): Result<{ readonly config: Config; readonly environment: EnvironmentConfig }, readonly Diagnostic[]> {
  const loaded = loadConfig({ cwd, env, ...(flags.config === undefined ? {} : { path: flags.config }) });
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const name = flags.env ?? config.defaults.env;
  const environment = config.environments.get(name);
  if (environment !== undefined) return ok({ config, environment });
  return err([
    unplaced(`unknown environment "${name}"`, { hint: suggest(name, config.environments.keys()) }),
  ]);
}
