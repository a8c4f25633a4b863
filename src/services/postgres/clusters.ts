/**
 * `isolation: cluster`: each lease has a server, started on a copy of the prepared data folder, and is its superuser: for
 * tests of roles, settings and replication. One stands ready ahead of need.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { copyTree } from '../copy.ts';
import { failed } from '../failure.ts';
import { type Crash, type Instance, never, type Origin, type SharedService } from '../kinds.ts';
import { exitText, type Stopped } from '../launch.ts';
import { type Cluster, OWNER, startCluster } from './cluster.ts';
import type { Engine } from './engine.ts';
import { storedAs } from './keep.ts';
import { DatabaseMeasure } from './measure.ts';
import { ownedBy } from './place.ts';
import { SqlError } from './session.ts';
import { TEMPLATE } from './template.ts';

export interface ClustersGround {
  readonly service: PostgresServiceConfig;
  readonly engine: Engine;
  /** the prepared data folder, stopped */
  readonly base: string;
  /** where their folders go, each of its own */
  readonly home: string;
}

/** What the database of a lease is called, after its role. */
const DATABASE = OWNER;

interface Own {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly dataDir: string;
  readonly log: string;
  readonly startMs: number;
}

export async function openClusters(
  run: RunContext,
  ground: ClustersGround,
): Promise<Result<SharedService, ServiceFailure>> {
  let number = 0;
  let closed = false;
  const start = (): Promise<Result<Own, ServiceFailure>> => {
    number += 1;
    return startOwn(run, ground, number);
  };
  const discard = async ({ cluster, folder, dataDir }: Own): Promise<Stopped> => {
    const stopped = await cluster.stop();
    if (run.keeper?.wants(dataDir) === true) await run.keeper.store(dataDir);
    await run.ledger.removeDirectory(folder);
    return stopped;
  };
  const first = await start();
  if (!first.ok) return first;
  let next: Promise<Result<Own, ServiceFailure>> | null = Promise.resolve(first);
  return ok({
    origin: { ...originOf(ground, first.value), log: null },
    crashed: never(),
    lease: async () => {
      // Taken and replaced in one step: two leases at once must not get the same.
      const mine = next ?? start();
      next = closed ? null : start();
      const taken = await mine;
      return taken.ok ? ok(instanceOf(run, ground, taken.value, () => discard(taken.value))) : taken;
    },
    stop: async () => {
      closed = true;
      const began = performance.now();
      const waiting = await next;
      if (waiting?.ok) await discard(waiting.value);
      return { forced: false, ms: performance.now() - began };
    },
  });
}

async function startOwn(
  run: RunContext,
  { service, engine, base, home }: ClustersGround,
  number: number,
): Promise<Result<Own, ServiceFailure>> {
  const began = performance.now();
  const log = run.logPath(`${service.name}.cluster-${number}`);
  const folder = join(home, `c${number}`);
  const place = {
    dataDir: join(folder, 'data'),
    socketDir: join(folder, 's'),
    log,
    settings: service.settings,
  };
  await mkdir(place.socketDir, { recursive: true, mode: 0o711 });
  run.ledger.addDirectory(folder);
  await ownedBy(run, engine, folder);
  const copied = await copyTree(run, base, place.dataDir);
  const made = copied.ok ? await unsealed(run, engine, place, service.readyTimeout) : copied;
  if (made.ok)
    return ok({
      cluster: made.value,
      folder,
      dataDir: place.dataDir,
      log,
      startMs: performance.now() - began,
    });
  await run.ledger.removeDirectory(folder);
  return failed({ service: service.name, reason: made.error, remedy: `read ${log}`, log });
}

/** The template itself becomes the database of the lease: nothing has to be cloned. */
async function unsealed(
  run: RunContext,
  engine: Engine,
  place: Parameters<typeof startCluster>[2],
  timeout: number,
): Promise<Result<Cluster, string>> {
  const started = await startCluster(run, engine, place, timeout);
  if (!started.ok) return started;
  try {
    const admin = await started.value.admin();
    await admin.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE false ALLOW_CONNECTIONS true`);
    await admin.query(`ALTER DATABASE ${TEMPLATE} RENAME TO ${DATABASE}`);
    await admin.query(`ALTER ROLE ${OWNER} SUPERUSER`);
    await admin.end();
    return started;
  } catch (error) {
    await started.value.stop();
    if (!(error instanceof SqlError)) throw error;
    return err(error.message);
  }
}

const originOf = ({ engine }: ClustersGround, { cluster, log, startMs }: Own): Origin => ({
  provider: engine.provider,
  version: cluster.version,
  endpoint: `127.0.0.1:${cluster.port}`,
  log,
  startMs,
});

function instanceOf(
  run: RunContext,
  ground: ClustersGround,
  own: Own,
  discard: () => Promise<Stopped>,
): Instance {
  const { cluster, log } = own;
  const measure = new DatabaseMeasure({
    major: ground.engine.major,
    connect: (database) => cluster.admin(database),
    signal: run.signal,
  });
  let releasing = false;
  const crashed = new Promise<Crash>((resolve) => {
    void cluster.running.exited.then((exit) => {
      if (!releasing) resolve({ exit: exitText(exit), log });
    });
  });
  return {
    fields: { url: cluster.url(DATABASE), host: '127.0.0.1', port: String(cluster.port) },
    origin: originOf(ground, own),
    crashed,
    measure: () => measure.of(DATABASE),
    keep: async () => {
      const { service, engine } = ground;
      const where = storedAs(service, engine, cluster, own.dataDir);
      return ok({ what: 'database', name: DATABASE, url: cluster.url(DATABASE), where });
    },
    release: async () => {
      releasing = true;
      await measure.end();
      return discard();
    },
  };
}
