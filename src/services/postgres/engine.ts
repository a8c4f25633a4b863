/** A set of Postgres programs that can be run here: where they are, which version, and as whom. */

import type { Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { outerEnvironment } from '../context.ts';
import { type Exit, type Launch, launch, type Running, runToEnd } from '../launch.ts';
import type { Opened } from '../providers.ts';
import { type RunAs, wrapped } from './run-as.ts';

export interface Engine {
  readonly provider: 'embedded' | 'binary';
  /** three numbers, e.g. `18.4.0` */
  readonly version: string;
  readonly major: number;
  /** folder of `postgres` and `initdb`, absolute */
  readonly bin: string;
  readonly runAs: RunAs;
}

/** What the providers of engines stand on. */
export interface OwnGround {
  /** of this run alone, made when first asked for; its `pg` is for the engine's user */
  folder(): Promise<string>;
  open(engine: Engine): Promise<Opened>;
}

export const majorOf = (version: string): number => Number(version.split('.')[0]);

interface Command {
  readonly program: 'postgres' | 'initdb';
  readonly args: readonly string[];
  readonly cwd: string;
  readonly log: string;
}

/** `LC_ALL=C`: messages in English, because the port retry reads them; the databases' own locale is set by initdb. */
const described = (run: RunContext, engine: Engine, command: Command): Launch => ({
  ...wrapped(engine.runAs, `${engine.bin}/${command.program}`, command.args),
  cwd: command.cwd,
  log: command.log,
  env: { ...withoutPostgres(outerEnvironment(run.options.env)), LC_ALL: 'C' },
});

export const startProgram = (
  run: RunContext,
  engine: Engine,
  command: Command,
): Promise<Result<Running, string>> => launch(run, described(run, engine, command));

export const runProgram = (
  run: RunContext,
  engine: Engine,
  command: Command,
  timeout: number,
): Promise<Result<Exit, string>> => runToEnd(run, described(run, engine, command), timeout);

/** PGDATA, PGPORT and the like would change what the programs do. */
export const withoutPostgres = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^PG[A-Z]/.test(name)));
