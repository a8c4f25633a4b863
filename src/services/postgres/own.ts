/** A Postgres that this run starts, and throws away with everything in it. */
import { readFileSync, statfsSync } from 'node:fs';
import { chown, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import { type RunContext, runFolder } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed, messageOf } from '../failure.ts';
import { type Crash, never, type SharedService } from '../kinds.ts';
import { exitText } from '../launch.ts';
import { outputOf } from '../programs.ts';
import { type Cluster, OWNER, startCluster } from './cluster.ts';
import type { Engine } from './engine.ts';
import { SOCKET_PATH_MAX } from './flags.ts';
import { DatabaseMeasure } from './measure.ts';
import type { PreparedMigration } from './migration.ts';
import { DatabasePool } from './pool.ts';
import { restoreTemplate, TEMPLATE } from './template.ts';

/** What a template with a small schema weighs on disk; the real one is only known after it was made. */
const TEMPLATE_BYTES = 64 * 1024 * 1024;

/**
 * Where the run's cluster goes. In memory a clone takes 14 ms, on ext4 25 (measured by us); but only where four
 * templates and 256 MB fit into the free space and into a quarter of the free memory.
 */
function clusterParent(): string {
  const wanted = 4 * TEMPLATE_BYTES + 256 * 1024 * 1024;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    const free =
      Number(/MemAvailable:\s+(\d+) kB/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
    if (bavail * bsize >= wanted && wanted <= free / 4) return '/dev/shm';
  } catch {
    // no such file system here
  }
  return tmpdir();
}

/** A folder for one cluster; where the temporary folder's name is too long for a socket in it, below /tmp. */
export function clusterFolder(run: RunContext): string {
  const { runId } = run.options;
  const longest = (parent: string): number =>
    Buffer.byteLength(`${parent}/utr-${runId}-XXXXXX/s/.s.PGSQL.65535`);
  const last = '/tmp';
  for (const parent of [clusterParent(), tmpdir(), last]) {
    if (longest(parent) > SOCKET_PATH_MAX) continue;
    try {
      return runFolder(run.ledger, parent, runId);
    } catch (error) {
      if (parent === last) throw error;
    }
  }
  return runFolder(run.ledger, last, runId);
}

export interface OwnPostgres {
  readonly service: PostgresServiceConfig;
  readonly engine: Engine;
  readonly migration: PreparedMigration;
  /** of this run alone, and the engine's user may write in its `pg` */
  readonly folder: string;
  readonly commandEnv: (url: string) => Readonly<Record<string, string>>;
}

export async function openOwn(
  run: RunContext,
  { service, engine, migration, folder, commandEnv }: OwnPostgres,
): Promise<Result<SharedService, ServiceFailure>> {
  const log = run.logPath(service.name);
  const home = join(folder, 'pg');
  const place = { dataDir: join(home, 'data'), socketDir: join(home, 's'), log };
  try {
    await mkdir(place.socketDir, { recursive: true, mode: 0o700 });
    await ownedBy(run, engine, place.socketDir);
    const restored = await restoreTemplate(run, { service, engine, migration, place, commandEnv });
    if (!restored.ok) return failed({ service: service.name, log, ...restored.error });
    await ownedBy(run, engine, place.dataDir);
    const started = await startCluster(run, engine, place, service.readyTimeout);
    if (!started.ok) {
      return failed({
        service: service.name,
        reason: started.error,
        remedy: `read ${log}; \`readyTimeout\` of "${service.name}" is ${service.readyTimeout} ms`,
        log,
      });
    }
    return await pooled(run, service, engine, started.value, log);
  } catch (error) {
    const remedy = 'see to it that the temporary folder can be written and has room';
    return failed({ service: service.name, reason: messageOf(error), remedy, log });
  }
}

/** A template may have been made by another user than the one who serves it; the server insists on owning its data. */
async function ownedBy(run: RunContext, { runAs }: Engine, path: string): Promise<void> {
  const wanted =
    runAs.kind === 'user' ? runAs : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { uid } = await stat(path);
  if (uid === wanted.uid || process.getuid?.() !== 0) return;
  await chown(path, wanted.uid, wanted.gid);
  await outputOf(run, 'chown', ['-R', `${wanted.uid}:${wanted.gid}`, path], { timeout: 60_000 });
}

async function pooled(
  run: RunContext,
  service: PostgresServiceConfig,
  engine: Engine,
  cluster: Cluster,
  log: string,
): Promise<Result<SharedService, ServiceFailure>> {
  const pool = new DatabasePool({
    ahead: run.options.leases + 1,
    connect: () => cluster.admin(),
    nameOf: (number) => `rt_${run.options.runId.replaceAll('-', '_')}_${number}`,
    template: TEMPLATE,
    owner: OWNER,
    major: engine.major,
  });
  const measure = new DatabaseMeasure({
    major: engine.major,
    connect: (database) => cluster.admin(database),
    signal: run.signal,
  });
  let stopping = false;
  const crashed = new Promise<Crash>((resolve) => {
    void cluster.running.exited.then((exit) => {
      if (!stopping) resolve({ exit: exitText(exit), log });
    });
  });
  const stop = async () => {
    stopping = true;
    const [ended] = await Promise.all([cluster.stop(), pool.close('leave'), measure.end()]);
    return ended;
  };
  const first = await pool.take();
  if (!first.ok) {
    await stop();
    return failed({
      service: service.name,
      reason: `a database could not be cloned: ${first.error}`,
      remedy: `read ${log}`,
      log,
    });
  }
  let spare: string | null = first.value;
  const takeName = async (): Promise<Result<string, string>> => {
    const name = spare;
    spare = null;
    return name === null ? pool.take() : ok(name);
  };
  return ok({
    origin: {
      provider: engine.provider,
      version: cluster.version,
      endpoint: `127.0.0.1:${cluster.port}`,
      log,
    },
    crashed,
    stop,
    lease: async () => {
      const taken = await takeName();
      if (!taken.ok) {
        return failed({
          service: service.name,
          reason: `no database: ${taken.error}`,
          remedy: `read ${log}`,
          log,
        });
      }
      const name = taken.value;
      return ok({
        fields: { url: cluster.url(name), host: '127.0.0.1', port: String(cluster.port) },
        origin: null,
        crashed: never(),
        measure: () => measure.of(name),
        release: async () => {
          pool.giveBack(name);
          return { forced: false, ms: 0 };
        },
      });
    },
  });
}
