/** The registry and the environment that a command is about. */
import {
  type Config,
  type Diagnostic,
  type EnvironmentConfig,
  loadRegistry,
  suggest,
  unplaced,
} from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { RegistryFlags } from './registry-flags.ts';
import type { Terminal } from './terminal.ts';

/** The registry that the flags name, or the nearest. */
export const registryOf = (
  { config }: { readonly config?: string },
  { cwd, env }: Pick<Terminal, 'cwd' | 'env'>,
): Promise<Result<Config, readonly Diagnostic[]>> =>
  loadRegistry({ cwd, env, ...(config === undefined ? {} : { path: config }) });

/** The registry and the environment that the flags name. */
export async function chosenEnvironment(
  flags: RegistryFlags,
  { cwd, env }: Terminal,
): Promise<
  Result<{ readonly config: Config; readonly environment: EnvironmentConfig }, readonly Diagnostic[]>
> {
  const loaded = await registryOf(flags, { cwd, env });
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const name = flags.env ?? config.defaults.env;
  const environment = config.environments.get(name);
  if (environment !== undefined) return ok({ config, environment });
  return err([
    unplaced(`unknown environment "${name}"`, { hint: suggest(name, config.environments.keys()) }),
  ]);
}
