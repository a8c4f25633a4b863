/** Leases in this very process, where its memory and descriptors can be counted: many in turn, and many at once. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { attemptId, fileId, runId } from '../../src/events/index.ts';
import { createServices, type Lease, type ServiceHost } from '../../src/services/index.ts';
import { ENVIRONMENT, postgres, redis, registryOf } from '../../test/services/registry.ts';
import { median } from '../figures.ts';

interface Stand {
  readonly host: ServiceHost;
  take(number: number): Promise<Lease>;
  end(): Promise<void>;
}

async function stand(leases: number, cacheDir: string): Promise<Stand> {
  const id = runId(new Date(), randomBytes(2).toString('hex'));
  const folder = mkdtempSync(join(tmpdir(), 'bench-leases-'));
  const services = [postgres(), redis()];
  const host = createServices({
    config: registryOf(services),
    environment: ENVIRONMENT,
    runId: id,
    runDir: join(folder, id),
    emit: () => {},
    env: process.env,
    leases,
    cacheDir,
    warm: 'refused',
  });
  return {
    host,
    take: async (number) => {
      const taken = await host.lease({
        attempt: attemptId(id, number, 1),
        file: fileId(`${number}`),
        needs: ['postgres', 'redis'],
        faults: 'none',
        env: {},
      });
      if (!taken.ok) throw new Error(`lease ${number}: ${taken.error.service}: ${taken.error.reason}`);
      return taken.value;
    },
    end: async () => {
      const { leftovers } = await host.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      if (leftovers.length > 0) throw new Error(`left: ${leftovers.join(', ')}`);
    },
  };
}

/** What a test would do with its lease. @returns what its database and its Redis say that is theirs */
async function use({ env }: Lease, number: number): Promise<string> {
  const db = new Client({ connectionString: env.DATABASE_URL });
  await db.connect();
  await db.query('create table mine (number int)');
  await db.query('insert into mine values ($1)', [number]);
  const { rows } = await db.query('select number from mine');
  await db.end();
  const cache = new Redis(env.REDIS_URL ?? '');
  await cache.incrby('mine', number);
  const kept = await cache.get('mine');
  cache.disconnect();
  return `${rows.map((row) => row.number).join(',')} ${kept}`;
}

export interface Sample {
  /** bytes in use after garbage was collected */
  readonly heap: number;
  /** open descriptors of this process */
  readonly descriptors: number;
  /** processes that this process has as children */
  readonly children: number;
}

export interface Flatness {
  /** medians over the samples of each half */
  readonly first: Sample;
  readonly second: Sample;
  readonly samples: number;
}

/** So many leases in turn, sampled after every tenth. Needs `--expose-gc`. */
export async function flatness(count: number, cacheDir: string): Promise<Flatness> {
  const { take, end } = await stand(1, cacheDir);
  const samples: Sample[] = [];
  try {
    for (let number = 1; number <= count; number += 1) {
      const lease = await take(number);
      const said = await use(lease, number);
      if (said !== `${number} ${number}`) throw new Error(`lease ${number} was not its own: ${said}`);
      await lease.release();
      if (number % 10 === 0) samples.push(sample());
    }
  } finally {
    await end();
  }
  const half = samples.length / 2;
  return {
    first: middle(samples.slice(0, half)),
    second: middle(samples.slice(half)),
    samples: samples.length,
  };
}

function sample(): Sample {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
  return {
    heap: process.memoryUsage().heapUsed,
    descriptors: readdirSync('/proc/self/fd').length,
    children: process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length,
  };
}

const middle = (samples: readonly Sample[]): Sample => ({
  heap: median(samples.map(({ heap }) => heap)),
  descriptors: median(samples.map(({ descriptors }) => descriptors)),
  children: median(samples.map(({ children }) => children)),
});

export interface AtOnce {
  /** how many were granted and were somebody's own */
  readonly own: number;
  /** until all had been granted */
  readonly ms: number;
}

/** So many leases held at the same time, used at the same time. */
export async function atOnce(count: number, cacheDir: string): Promise<AtOnce> {
  const { host, take, end } = await stand(count, cacheDir);
  try {
    const started = await host.start(['postgres', 'redis']);
    if (!started.ok) throw new Error(started.error.reason);
    const began = performance.now();
    const leases = await Promise.all(Array.from({ length: count }, (_, at) => take(at + 1)));
    const ms = performance.now() - began;
    const said = await Promise.all(leases.map((lease, at) => use(lease, at + 1)));
    const own = said.filter((text, at) => text === `${at + 1} ${at + 1}`).length;
    await Promise.all(leases.map((lease) => lease.release()));
    return { own, ms };
  } finally {
    await end();
  }
}
