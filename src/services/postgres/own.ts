/** A Postgres that this run starts, and throws away with everything in it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result, unreachable } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed, messageOf } from '../failure.ts';
import type { Crash, Origin, SharedService } from '../kinds.ts';
import { exitText } from '../launch.ts';
import { prefixOf } from '../made-names.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { openClusters } from './clusters.ts';
import { databases } from './databases.ts';
import type { Engine } from './engine.ts';
import { dropKept, storedAs } from './keep.ts';
import { type CommandGround, NOTHING, type Preparation } from './migration.ts';
import { cloningSettings, ownedBy } from './place.ts';
import { extensionsOf, schemas } from './schemas.ts';
import type { PostgresServer, Source } from './server.ts';
import { identifier } from './session.ts';
import { oneDatabase, tellShared } from './shared.ts';
import { restoreTemplate, TEMPLATE } from './template.ts';

export interface OwnPostgres {
  readonly service: PostgresServiceConfig;
  readonly engine: Engine;
  readonly preparation: Preparation;
  /** of this run alone, and the engine's user may write in its `pg` */
  readonly folder: string;
  readonly commands: CommandGround;
}

export async function openOwn(
  run: RunContext,
  own: OwnPostgres,
): Promise<Result<SharedService, ServiceFailure>> {
  const { service, engine, folder } = own;
  const log = run.logPath(service.name);
  const home = join(folder, 'pg');
  const place = {
    dataDir: join(home, 'data'),
    socketDir: join(home, 's'),
    log,
    settings: service.settings,
  };
  // Schemas are filled one by one: their database begins empty.
  const preparation = service.isolation === 'schema' ? NOTHING : own.preparation;
  try {
    await mkdir(place.socketDir, { recursive: true, mode: 0o700 });
    await ownedBy(run, engine, place.socketDir, 'folder');
    const restored = await restoreTemplate(run, { ...own, preparation, place });
    if (!restored.ok) return failed({ service: service.name, log, ...restored.error });
    await ownedBy(run, engine, place.dataDir);
    if (service.isolation === 'cluster')
      return await openClusters(run, { ...own, base: place.dataDir, home });
    const settings = { ...(await cloningSettings(engine, home)), ...service.settings };
    const started = await startCluster(run, engine, { ...place, settings }, service.readyTimeout);
    if (!started.ok) {
      return failed({
        service: service.name,
        reason: started.error,
        remedy: `read ${log}; \`ready_timeout\` of "${service.name}" is ${service.readyTimeout} ms`,
        log,
      });
    }
    return await leasesOn(run, own, engine, started.value, { log, dataDir: place.dataDir });
  } catch (error) {
    const remedy = 'see to it that the temporary folder can be written and has room';
    return failed({ service: service.name, reason: messageOf(error), remedy, log });
  }
}

/** Leases from a cluster that runs and holds the template, by every isolation but `cluster`. */
export async function leasesOn(
  run: RunContext,
  own: Pick<OwnPostgres, 'service' | 'preparation' | 'commands'>,
  engine: Pick<Origin, 'provider'> & Pick<Engine, 'major'>,
  cluster: Cluster,
  /** null where its data is not in a folder of ours */
  { log, dataDir }: { readonly log: string; readonly dataDir: string | null },
): Promise<Result<SharedService, ServiceFailure>> {
  const { service } = own;
  const server: PostgresServer = {
    service,
    major: engine.major,
    whose: 'ours',
    host: '127.0.0.1',
    port: String(cluster.port),
    log,
    keeping: dataDir === null ? err(NO_FOLDER) : ok(storedAs(service, engine, cluster, dataDir)),
    prefix: prefixOf(run, service),
    connect: (database) => cluster.admin(database),
    url: (database, login) => cluster.url(database, login ?? undefined),
  };
  let stopping = false;
  const crashed = new Promise<Crash>((resolve) => {
    void cluster.running.exited.then((exit) => {
      if (!stopping) resolve({ exit: exitText(exit), log });
    });
  });
  const source = await sourceOf(run, own, server);
  const stop = async () => {
    stopping = true;
    if (dataDir === null || run.keeper?.wants(dataDir) !== true) {
      const [ended] = await Promise.all([cluster.stop(), source.ok ? source.value.close('leave') : null]);
      return ended;
    }
    if (source.ok) await source.value.close('drop');
    const ended = await cluster.stop();
    await run.keeper.store(dataDir);
    return ended;
  };
  if (!source.ok) {
    await stop();
    return source;
  }
  const { lease } = source.value;
  // The first is made before the service counts as ready: what is wrong shows here, once.
  const first = await lease();
  if (!first.ok) {
    await stop();
    return first;
  }
  let spare: typeof first | null = first;
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
      const ready = spare;
      spare = null;
      return ready ?? lease();
    },
    dropKept: (name) => dropKept(server, name, schemaDatabase(server)),
  });
}

const NO_FOLDER =
  'a container goes whole; --provider postgres=embedded or =binary has databases that can be kept';

async function sourceOf(
  run: RunContext,
  { service, preparation, commands }: Pick<OwnPostgres, 'service' | 'preparation' | 'commands'>,
  server: PostgresServer,
): Promise<Result<Source, ServiceFailure>> {
  switch (service.isolation) {
    case 'database':
      return ok(databases(run, server, TEMPLATE));
    case 'none':
      tellShared(run, service, '');
      return oneDatabase(run, server, TEMPLATE);
    case 'schema': {
      const database = schemaDatabase(server);
      await makeSchemaDatabase(server, database, extensionsOf(preparation));
      return ok(schemas(run, { server, database, preparation, commands }));
    }
    case 'cluster':
      throw new Error('each lease has a cluster of its own: there is no server to share');
    default:
      return unreachable(service.isolation);
  }
}

/** The one that holds the schemas of all leases. */
const schemaDatabase = ({ prefix }: PostgresServer): string => `${prefix}_schemas`;

/** Nobody may make anything in it outside of a schema of his own. */
async function makeSchemaDatabase(
  server: PostgresServer,
  database: string,
  extensions: readonly string[],
): Promise<void> {
  const admin = await server.connect();
  await admin.query(`CREATE DATABASE ${identifier(database)} TEMPLATE ${TEMPLATE}`);
  await admin.query(`REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC`);
  await admin.end();
  const inside = await server.connect(database);
  await inside.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  for (const name of extensions) await inside.query(`CREATE EXTENSION IF NOT EXISTS ${identifier(name)}`);
  await inside.end();
}
