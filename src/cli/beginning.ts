/** What every command that starts services says of itself first, and what it leaves behind when it is torn away. */
import { rmSync } from 'node:fs';
import type { Config, EnvironmentConfig } from '../config/index.ts';
import type { EventFact } from '../events/index.ts';
import { thisMachine } from '../history/index.ts';
import { killEverythingNow } from '../services/index.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** The first event of a log. @param env name of the environment */
export const runStarted = (
  config: Config,
  env: string,
  { cwd, env: outer }: Terminal,
): Extract<EventFact, { kind: 'run.started' }> => ({
  kind: 'run.started',
  startedAt: new Date().toISOString(),
  version: VERSION,
  cwd,
  root: config.root,
  args: process.argv.slice(2),
  config: config.path,
  configHash: config.hash,
  env,
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  machine: machineOf(outer),
  pid: process.pid,
});

function machineOf(env: NodeJS.ProcessEnv): { readonly host: string; readonly cores: number } {
  const { host, cores } = thisMachine(env);
  return { host, cores };
}

/** @param name of a plan, which knows no others than the registry */
export function plannedEnvironment(config: Config, name: string): EnvironmentConfig {
  const environment = config.environments.get(name);
  if (environment === undefined) throw new Error(`environment ${name} was planned and does not exist`);
  return environment;
}

/** However this process ends, nothing that it started goes on and its folder goes. @returns takes that back */
export function clearedAtExit(scratch: string): () => void {
  const lastResort = (): void => {
    killEverythingNow();
    rmSync(scratch, { recursive: true, force: true });
  };
  process.on('exit', lastResort);
  return () => void process.off('exit', lastResort);
}
