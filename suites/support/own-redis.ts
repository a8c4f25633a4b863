/**
 * A Redis of the test's own, to be killed and started again: the same program as the one behind REDIS_URL (which stays
 * alone: others rest on it), on its own port and directory, with every write on disk before it is answered.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache, untilAnswering } from './cache.ts';

export interface OwnRedis {
  readonly url: string;
  /** SIGKILL, as when the power goes */
  kill(): Promise<void>;
  /** On the same port. @param data 'lost' starts it empty */
  restart(data: 'kept' | 'lost'): Promise<void>;
}

const closings: (() => Promise<void>)[] = [];

export async function ownRedis(): Promise<OwnRedis> {
  const others = openCache().strict;
  const program = await programBehind(await others.info('server'));
  const [port, directory] = [await freePort(), await mkdtemp(join(tmpdir(), 'own-redis-'))];
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const end = async (): Promise<void> => {
    if (server === undefined) return;
    const ended = new Promise((resolve) => server?.once('close', resolve));
    server.kill('SIGKILL');
    await ended;
    server = undefined;
  };
  const kill = async (): Promise<void> => {
    await end();
    assert.equal(await others.exists('own-redis'), 0, 'the Redis of the others goes on');
  };
  const restart = async (data: 'kept' | 'lost'): Promise<void> => {
    if (data === 'lost') await rm(join(directory, 'appendonlydir'), { recursive: true, force: true });
    const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    server = spawn(program.file, [...place, ...durable], { stdio: 'ignore', env: program.env });
    const died = new Promise<never>((_, reject) =>
      server?.once('close', (code) => reject(new Error(`${program.file} ended with ${code}`))),
    );
    await Promise.race([untilAnswering(openCache(url)), died]);
    died.catch(() => {}); // from here on its end is the test's doing
  };
  closings.push(async () => {
    await end();
    await rm(directory, { recursive: true, force: true });
  });
  await restart('lost');
  return { url, kill, restart };
}

/** @param info what that Redis says of itself */
async function programBehind(info: string): Promise<{ file: string; env: NodeJS.ProcessEnv }> {
  const [file, pid] = [/^executable:(.+?)\r?$/m.exec(info)?.[1], /^process_id:(\d+)/m.exec(info)?.[1]];
  assert.ok(file !== undefined, 'the Redis behind REDIS_URL does not say which program it is');
  // A Redis out of an unpacked package needs its own libraries: where that process has them from, ours finds them too.
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
  const libraries = [...maps.matchAll(/ (\/.*)\/[^/]+\.so[^/]*$/gm)].map(([, directory]) => directory);
  return { file, env: { LD_LIBRARY_PATH: [...new Set(libraries)].join(':') } };
}

/** For `after`. */
export async function closeOwnRedis(): Promise<void> {
  await Promise.all(closings.splice(0).map((close) => close()));
}

/** Free at this moment; the next to listen on it is expected to be ours. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      // A server that listens on a port has an AddressInfo; only a pipe has a string.
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
