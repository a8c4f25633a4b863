/**
 * One Redis process of ours: nothing on disk, a password of its own, and proof that the one that answers is the one that
 * was started. Measured by us: ready 18 ms after the spawn, gone 1.5 ms after SIGKILL (SIGTERM takes 100 ms, and there
 * is nothing to save).
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type ProviderName, type Result } from '../../events/index.ts';
import { outerEnvironment, type RunContext } from '../context.ts';
import { messageOf, saysPortTaken, sizeOf, textFrom } from '../failure.ts';
import { exitText, type Living, launch } from '../launch.ts';
import { pollUntilReady } from '../poll.ts';
import { reservePort } from '../ports.ts';
import { connectRedis, infoFields } from './resp.ts';

const PORT_TRIES = 5;

export interface RedisProgram {
  readonly provider: 'binary' | 'package';
  readonly path: string;
  /** where the libraries lie that came with a fetched program */
  readonly libraries: readonly string[];
}

/** Where a lease's server comes from: a program that is started, or a container. */
export interface RedisSource {
  readonly provider: ProviderName;
  /** what to do where one does not come up */
  readonly remedy: string;
  start(place: RedisPlace): Promise<Result<RedisServer, string>>;
}

export const startedFrom = (run: RunContext, program: RedisProgram): RedisSource => ({
  provider: program.provider,
  remedy: `start ${program.path} by hand to see why`,
  start: (place) => startRedis(run, program, place),
});

export interface RedisServer {
  readonly running: Living;
  readonly port: number;
  readonly url: string;
  readonly version: string;
  /** ms from the spawn to the first right answer */
  readonly startMs: number;
  /** its working folder, removed with it */
  readonly dir: string;
}

export interface RedisPlace {
  readonly dir: string;
  readonly log: string;
  readonly timeout: number;
  /** logical ones; default: Redis's own */
  readonly databases?: number;
  /** it asks for no password: whoever has its address written in knows none */
  readonly open?: boolean;
}

export const freshPassword = ({ open = false }: RedisPlace): string =>
  open ? '' : randomBytes(24).toString('base64url');

export const urlOf = (port: number, password: string): string =>
  `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`;

async function startRedis(
  run: RunContext,
  program: RedisProgram,
  place: RedisPlace,
): Promise<Result<RedisServer, string>> {
  const deadline = performance.now() + place.timeout;
  mkdirSync(place.dir, { recursive: true, mode: 0o700 });
  for (let tries = 1; ; tries += 1) {
    const port = await reservePort();
    const password = freshPassword(place);
    const logStart = sizeOf(place.log);
    // In a file that only we can read: everybody can read a command line.
    writeFileSync(
      join(place.dir, 'redis.conf'),
      redisConfiguration({ port, bind: '127.0.0.1', password, databases: place.databases }),
      {
        mode: 0o600,
      },
    );
    const spawned = performance.now();
    const started = await launch(run, {
      program: program.path,
      args: ['redis.conf'],
      cwd: place.dir,
      env: withLibraries(outerEnvironment(run.options.env), program.libraries),
      log: place.log,
    });
    if (!started.ok) return started;
    const running = started.value;
    const outcome = await pollUntilReady({
      probe: (left) => roundTrip(running.pid, port, password, left),
      exited: running.exited,
      timeout: Math.max(1, deadline - performance.now()),
      signal: run.signal,
    });
    if (outcome.kind === 'ready') {
      const url = urlOf(port, password);
      const startMs = performance.now() - spawned;
      return ok({ running, port, url, version: outcome.value, startMs, dir: place.dir });
    }
    await running.stop('SIGKILL', 0);
    if (outcome.kind === 'stopped') return err('the run was stopped');
    if (outcome.kind === 'late')
      return err(`no answer within ${place.timeout} ms of the start: ${outcome.lastError}`);
    if (!saysPortTaken(textFrom(place.log, logStart)) || tries === PORT_TRIES) {
      return err(`redis-server ended before it was ready (${exitText(outcome.exit)})`);
    }
  }
}

export const redisConfiguration = ({ port, bind, password, databases = 16 }: RedisListening): string =>
  [
    `port ${port}`,
    `bind ${bind}`,
    ...(password === '' ? [] : [`requirepass ${password}`]),
    `databases ${databases}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    'loglevel notice',
    'always-show-logo no',
    '',
  ].join('\n');

interface RedisListening {
  readonly port: number;
  readonly bind: string;
  /** empty: none is asked for */
  readonly password: string;
  readonly databases: number | undefined;
}

/** A read, a write, and the process id: another server on that port would give itself away. */
async function roundTrip(
  pid: number,
  port: number,
  password: string,
  msLeft: number,
): Promise<Result<string, string>> {
  return answerOf(port, password, msLeft, (info) =>
    info.get('process_id') === String(pid)
      ? null
      : `process ${info.get('process_id')} answers on 127.0.0.1:${port}, ours is ${pid}`,
  );
}

/** @param wrong what is wrong with who answers; null: it is ours @returns its version */
export async function answerOf(
  port: number,
  password: string,
  msLeft: number,
  wrong: (info: ReadonlyMap<string, string>) => string | null,
): Promise<Result<string, string>> {
  try {
    const address = { host: '127.0.0.1', port, tls: false, username: '', password };
    const connection = await connectRedis(address, msLeft);
    try {
      const info = infoFields(await connection.command('INFO', 'server'));
      const problem = wrong(info);
      if (problem !== null) return err(problem);
      await connection.command('SET', 'runner:ready', '1');
      await connection.command('DEL', 'runner:ready');
      return ok(info.get('redis_version') ?? '0');
    } finally {
      connection.close();
    }
  } catch (error) {
    return err(messageOf(error));
  }
}

export function withLibraries(
  env: Readonly<Record<string, string>>,
  libraries: readonly string[],
): Record<string, string> {
  if (libraries.length === 0) return { ...env };
  const before = env.LD_LIBRARY_PATH === undefined ? [] : [env.LD_LIBRARY_PATH];
  return { ...env, LD_LIBRARY_PATH: [...libraries, ...before].join(':') };
}
