/**
 * The provider `docker`: a Postgres in a container, thrown away with everything in it. Its template is made anew in each
 * run, since what a container holds goes with it.
 */
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import {
  type DockerGround,
  dockerCandidate,
  majorOfImage,
  POSTGRES,
  startContainer,
} from '../docker/index.ts';
import { failed, messageOf } from '../failure.ts';
import type { SharedService } from '../kinds.ts';
import { type Candidate, type Opened, openedAs, pinRemedy, unusable } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import { type Cluster, OWNER } from './cluster.ts';
import { majorOf } from './engine.ts';
import { asFlags, throwAwaySettings } from './flags.ts';
import { type MigrationFailure, NOTHING } from './migration.ts';
import { leasesOn, type OwnPostgres } from './own.ts';
import { freshPassword } from './server.ts';
import { connect, type Session, scalar } from './session.ts';
import { fillTemplate } from './template.ts';

const PORT = 5432;
const SUPERUSER = 'postgres';
/** As our own clusters: a collation by code point, the same on every system, and nothing flushed. */
const INITDB = '--encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 --no-sync';

export type DockerPostgres = Pick<OwnPostgres, 'service' | 'preparation' | 'commands'>;

export const dockerPostgres = (
  run: RunContext,
  service: PostgresServiceConfig,
  open: (ground: DockerGround) => Promise<Opened>,
): Candidate =>
  service.isolation === 'cluster'
    ? {
        provider: 'docker',
        find: async () => [
          unusable(
            NO_CLUSTERS,
            'choose the provider embedded or binary, or isolation: database, schema or none',
          ),
        ],
      }
    : dockerCandidate(run, service, POSTGRES, open);

const NO_CLUSTERS =
  'isolation: cluster would initialise a server in a container for each file, which takes seconds each';

export async function openDocker(
  run: RunContext,
  docker: DockerPostgres,
  ground: DockerGround,
): Promise<Opened> {
  return openedAs(await opened(run, docker, ground));
}

async function opened(
  run: RunContext,
  docker: DockerPostgres,
  ground: DockerGround,
): Promise<Result<SharedService, ServiceFailure>> {
  const { service } = docker;
  const log = run.logPath(service.name);
  const started = await start(run, service, ground, log);
  if (!started.ok) {
    const remedy = `read ${log}; \`ready_timeout\` of "${service.name}" is ${service.readyTimeout} ms`;
    return failed({ service: service.name, reason: started.error, remedy, log });
  }
  const cluster = started.value;
  const version = plainVersion(cluster.version) ?? '0.0.0';
  const giveUp = async (why: MigrationFailure): Promise<Result<never, ServiceFailure>> => {
    await cluster.stop();
    return failed({ service: service.name, log, ...why });
  };
  if (!allowed(version, service.version)) {
    const reason = `${ground.image} is Postgres ${cluster.version}, wanted is ${service.version}`;
    return giveUp({ reason, remedy: pinRemedy(service) });
  }
  try {
    await makeOwner(cluster);
    const filled = await fill(run, docker, cluster);
    if (!filled.ok) return giveUp(filled.error);
    const engine = { provider: 'docker', major: majorOf(version) } as const;
    return await leasesOn(run, docker, engine, cluster, { log, dataDir: null });
  } catch (error) {
    return giveUp({ reason: messageOf(error), remedy: `read ${log}` });
  }
}

async function start(
  run: RunContext,
  service: PostgresServiceConfig,
  { engine, image, variables }: DockerGround,
  log: string,
): Promise<Result<Cluster, string>> {
  const [admin, owner] = [freshPassword(), freshPassword()];
  const settings = throwAwaySettings(majorOfImage(variables), Math.max(100, 20 * run.options.leases));
  const started = await startContainer(run, engine, {
    image,
    port: PORT,
    env: {
      POSTGRES_USER: SUPERUSER,
      POSTGRES_PASSWORD: admin,
      POSTGRES_INITDB_ARGS: INITDB,
    },
    command: ['postgres', ...asFlags({ listen_addresses: '*', ...settings, ...service.settings })],
    log,
    timeout: service.readyTimeout,
    probe: (port, msLeft) => roundTrip(port, admin, msLeft),
  });
  if (!started.ok) return started;
  const { running, port, answer: version } = started.value;
  return ok({
    running,
    port,
    password: owner,
    version: version.split(' ')[0] ?? version,
    admin: (database = SUPERUSER) => asSuperuser(port, admin, database),
    url: (database, login = { name: OWNER, password: owner }) =>
      `postgresql://${login.name}:${login.password}@127.0.0.1:${port}/${database}`,
    stop: () => running.stop('SIGKILL', 0),
  });
}

/** Schemas are filled one by one: their database begins empty. @throws {SqlError} */
async function fill(
  run: RunContext,
  docker: DockerPostgres,
  cluster: Cluster,
): Promise<Result<void, MigrationFailure>> {
  const { migrate, seed } = docker.service.isolation === 'schema' ? NOTHING : docker.preparation;
  const migrated = await fillTemplate(run, cluster, docker, migrate, 'create');
  if (!migrated.ok || seed.kind === 'none') return migrated;
  return fillTemplate(run, cluster, docker, seed, 'unseal');
}

async function makeOwner({ admin, password }: Cluster): Promise<void> {
  const session = await admin();
  await session.query(`CREATE ROLE ${OWNER} LOGIN NOSUPERUSER PASSWORD '${password}'`);
  await session.end();
}

const asSuperuser = (port: number, password: string, database: string, msLeft?: number): Promise<Session> =>
  connect({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database,
    ...(msLeft === undefined ? {} : { connectionTimeoutMillis: msLeft, query_timeout: msLeft }),
  });

/** Nobody else knows the password of the superuser: who takes it is ours. @returns the server's version */
async function roundTrip(port: number, password: string, msLeft: number): Promise<Result<string, string>> {
  let session: Session | null = null;
  try {
    session = await asSuperuser(port, password, SUPERUSER, msLeft);
    return ok(await scalar(session, 'SHOW server_version'));
  } catch (error) {
    return err(messageOf(error));
  } finally {
    await session?.end();
  }
}
