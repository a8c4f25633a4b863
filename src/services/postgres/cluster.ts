/**
 * One running Postgres of ours.
 *
 *   port reserved ──► spawned ──socket answers──► role and password set ──TCP answers, as itself──► ready
 *        ▲                └──exits: port taken──┐          └──exits / deadline / stopped──► failed
 *        └──────────────────────────────────────┘
 */
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { messageOf, saysPortTaken, sizeOf, textFrom } from '../failure.ts';
import { exitText, type Living, type Running, type Stopped } from '../launch.ts';
import { pollUntilReady } from '../poll.ts';
import { reservePort } from '../ports.ts';
import { type Engine, startProgram } from './engine.ts';
import { serverFlags } from './flags.ts';
import { freshPassword, type Login } from './server.ts';
import { connect, type Session } from './session.ts';

/** Owns the template and everything in it; the roles of leases are members of it. No superuser. */
export const OWNER = 'app';

const PORT_TRIES = 5;
const STOP_GRACE = 5000;

export interface ClusterPlace {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly log: string;
  /** server settings before our own */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Cluster {
  readonly running: Living;
  readonly port: number;
  readonly password: string;
  /** as the server itself says, e.g. `18.4` */
  readonly version: string;
  /** as superuser through the socket */
  admin(database?: string): Promise<Session>;
  /** @param login default: the databases' owner */
  url(database: string, login?: Login): string;
  stop(): Promise<Stopped>;
}

export async function startCluster(
  run: RunContext,
  engine: Engine,
  place: ClusterPlace,
  timeout: number,
): Promise<Result<Cluster, string>> {
  const deadline = performance.now() + timeout;
  for (let tries = 1; ; tries += 1) {
    const port = await reservePort();
    const logStart = sizeOf(place.log);
    const maxConnections = Math.max(100, 20 * run.options.leases);
    const started = await startProgram(run, engine, {
      program: 'postgres',
      args: serverFlags(engine.major, { ...place, port, maxConnections }),
      cwd: place.dataDir,
      log: place.log,
    });
    if (!started.ok) return started;
    const running = started.value;
    const password = freshPassword();
    const outcome = await pollUntilReady({
      probe: (left) => roundTrip(place, port, password, left),
      exited: running.exited,
      timeout: Math.max(1, deadline - performance.now()),
      signal: run.signal,
    });
    if (outcome.kind === 'ready') return ok(cluster(place, port, password, outcome.value, running));
    await running.stop('SIGKILL', 0);
    if (outcome.kind === 'stopped') return err('the run was stopped');
    if (outcome.kind === 'late') {
      return err(`no answer within ${timeout} ms of the start: ${outcome.lastError}`);
    }
    const portTaken = saysPortTaken(textFrom(place.log, logStart));
    if (!portTaken || tries === PORT_TRIES) {
      return err(`postgres ended before it was ready (${exitText(outcome.exit)})`);
    }
  }
}

const START = 'extract(epoch FROM pg_postmaster_start_time())::text';

/** Sets the role's password through the socket, then asks over TCP, as tests will, whether that is the same server. */
async function roundTrip(
  place: ClusterPlace,
  port: number,
  password: string,
  msLeft: number,
): Promise<Result<string, string>> {
  let inside: Session | null = null;
  let outside: Session | null = null;
  const patience = { connectionTimeoutMillis: msLeft, query_timeout: msLeft };
  try {
    inside = await connect({ ...asSuperuser(place, port, 'postgres'), ...patience });
    const [found] = await inside.query(
      `SELECT ${START} AS start, EXISTS (SELECT FROM pg_roles WHERE rolname = '${OWNER}') AS owned`,
    );
    const verb = found?.owned === true ? 'ALTER' : 'CREATE';
    await inside.query(`${verb} ROLE ${OWNER} LOGIN NOSUPERUSER PASSWORD '${password}'`);
    outside = await connect({
      host: '127.0.0.1',
      port,
      user: OWNER,
      password,
      database: 'postgres',
      ...patience,
    });
    const [seen] = await outside.query(
      `SELECT ${START} AS start, current_setting('server_version') AS version`,
    );
    if (seen?.start !== found?.start) return err(`another Postgres answers on 127.0.0.1:${port}`);
    return ok(String(seen?.version));
  } catch (error) {
    return err(messageOf(error));
  } finally {
    await Promise.all([inside?.end(), outside?.end()]);
  }
}

const asSuperuser = (place: ClusterPlace, port: number, database: string) => ({
  host: place.socketDir,
  port,
  user: 'postgres',
  database,
});

function cluster(
  place: ClusterPlace,
  port: number,
  password: string,
  version: string,
  running: Running,
): Cluster {
  return {
    running,
    port,
    password,
    // Debian's packages add themselves: `15.18 (Debian 15.18-0+deb12u1)`
    version: version.split(' ')[0] ?? version,
    admin: (database = 'postgres') => connect(asSuperuser(place, port, database)),
    url: (database, login = { name: OWNER, password }) =>
      `postgresql://${login.name}:${login.password}@127.0.0.1:${port}/${database}`,
    // SIGINT is Postgres's fast shutdown: sessions are ended, nothing is waited for.
    stop: () => running.stop('SIGINT', STOP_GRACE),
  };
}
