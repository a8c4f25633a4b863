/**
 * A Postgres that somebody else runs. Only databases named `rt_<run>_…` are made and dropped there, nothing else is
 * touched; a server on another machine is used only when the registry names it for the chosen environment.
 */
import type { PostgresServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Deployed, endpointOf, isLoopback } from '../deployed.ts';
import { failed } from '../failure.ts';
import { never, type SharedService } from '../kinds.ts';
import { type Candidate, type Finding, type Opened, unusable } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import { majorOf } from './engine.ts';
import { DatabaseMeasure } from './measure.ts';
import { migrate, type PreparedMigration } from './migration.ts';
import { DatabasePool } from './pool.ts';
import { connect, identifier, type Session, SqlError, scalar } from './session.ts';
import { MIGRATION_TIMEOUT } from './template.ts';

/** @param deployed null where nobody named one */
export const externalPostgres = (
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Candidate => ({
  provider: 'external',
  find: async () => [found(service, deployed, open)],
});

function found(
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Finding {
  if (deployed === null) {
    return unusable(`${service.urlEnv} is not set`, `${service.urlEnv}=postgresql://127.0.0.1:5432/postgres`);
  }
  return {
    kind: 'usable',
    version: null,
    where: `${endpointOf(deployed.url, '5432')} (${deployed.source})`,
    ask: () => serverVersion(service, deployed),
    open: () => open(deployed),
  };
}

async function serverVersion(
  service: PostgresServiceConfig,
  { url }: Deployed,
): Promise<Result<string, string>> {
  try {
    const session = await connect({
      connectionString: url.href,
      connectionTimeoutMillis: service.readyTimeout,
    });
    const [version = ''] = (await scalar(session, 'SHOW server_version')).split(' ');
    await session.end();
    return ok(version);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { ok: false, error: error.message };
  }
}

export interface ExternalPostgres {
  readonly service: PostgresServiceConfig;
  readonly deployed: Deployed;
  readonly migration: PreparedMigration;
  readonly commandEnv: (url: string) => Readonly<Record<string, string>>;
}

export async function openExternal(
  run: RunContext,
  external: ExternalPostgres,
): Promise<Result<SharedService, ServiceFailure>> {
  const { service, deployed } = external;
  const endpoint = endpointOf(deployed.url, '5432');
  const fail = (reason: string, remedy: string) => failed({ service: service.name, reason, remedy });
  if (deployed.by === 'variable' && !isLoopback(deployed.url)) {
    return fail(
      `${deployed.source} names ${endpoint}, which is not this machine`,
      `name it in the registry, \`environments.<name>.services.${service.name}\`, and choose that environment with --env; or unset ${deployed.source}`,
    );
  }
  const check = `see that the server of ${deployed.source} runs and lets this user in, or unset it`;
  let admin: Session;
  try {
    admin = await connect({
      connectionString: deployed.url.href,
      connectionTimeoutMillis: service.readyTimeout,
    });
  } catch (error) {
    return fail(`${endpoint} (${deployed.source}): ${textOf(error)}`, check);
  }
  try {
    const shown = (await scalar(admin, 'SHOW server_version')).split(' ')[0] ?? '';
    const version = plainVersion(shown) ?? '0.0.0';
    if (!allowed(version, service.version)) {
      await admin.end();
      return fail(
        `${endpoint} (${deployed.source}) is Postgres ${shown}, wanted is ${service.version}`,
        `unset ${deployed.source}, or change \`version\` of "${service.name}"`,
      );
    }
    return await opened(run, external, admin, { endpoint, shown, major: majorOf(version) });
  } catch (error) {
    await admin.end();
    return fail(`${endpoint} (${deployed.source}): ${textOf(error)}`, check);
  }
}

const textOf = (error: unknown): string => {
  if (!(error instanceof SqlError)) throw error;
  return error.message;
};

interface Server {
  readonly endpoint: string;
  readonly shown: string;
  readonly major: number;
}

async function opened(
  run: RunContext,
  { service, deployed, migration, commandEnv }: ExternalPostgres,
  admin: Session,
  server: Server,
): Promise<Result<SharedService, ServiceFailure>> {
  const prefix = `rt_${run.options.runId.replaceAll('-', '_')}`;
  const template = `${prefix}_template`;
  const log = run.logPath(`${service.name}.migrate`);
  const urlOf = (database: string): string => {
    const url = new URL(deployed.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  const pool = new DatabasePool({
    ahead: run.options.leases + 1,
    connect: () => connect({ connectionString: deployed.url.href }),
    nameOf: (number) => `${prefix}_${number}`,
    template,
    owner: null,
    major: server.major,
  });
  const measure = new DatabaseMeasure({
    major: server.major,
    connect: (database) =>
      connect({ connectionString: database === undefined ? deployed.url.href : urlOf(database) }),
    signal: run.signal,
  });
  const dropTemplate = (): Promise<unknown> => admin.query(`DROP DATABASE IF EXISTS ${identifier(template)}`);
  const onStop = (): void => {
    const theirs = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${template}'`;
    admin.query(theirs).catch(() => {});
  };
  run.signal.addEventListener('abort', onStop, { once: true });
  try {
    await dropForgotten(admin);
    await admin.query(`CREATE DATABASE ${identifier(template)}`);
    const url = urlOf(template);
    const session = await connect({ connectionString: url });
    const migrated = await migrate(run, migration, {
      session,
      url,
      env: commandEnv(url),
      log,
      timeout: MIGRATION_TIMEOUT,
    });
    if (migrated.ok) await session.query('ANALYZE');
    await session.end();
    if (!migrated.ok) {
      await dropTemplate();
      await admin.end();
      return failed({ service: service.name, ...migrated.error });
    }
    await admin.query(`ALTER DATABASE ${identifier(template)} WITH ALLOW_CONNECTIONS false`);
  } catch (error) {
    await dropTemplate().catch(() => {});
    throw error;
  } finally {
    run.signal.removeEventListener('abort', onStop);
  }
  return ok({
    origin: { provider: 'external', version: server.shown, endpoint: server.endpoint, log: null },
    crashed: never(),
    lease: async () => {
      const taken = await pool.take();
      if (!taken.ok) {
        return failed({
          service: service.name,
          reason: `no database on ${server.endpoint}: ${taken.error}`,
          remedy: `see that the user of ${deployed.source} may create databases (CREATEDB)`,
        });
      }
      const name = taken.value;
      const { hostname, port } = deployed.url;
      return ok({
        fields: { url: urlOf(name), host: hostname, port: port || '5432' },
        origin: null,
        crashed: never(),
        measure: () => measure.of(name),
        release: async () => {
          pool.giveBack(name);
          return { forced: false, ms: 0 };
        },
      });
    },
    stop: async () => {
      const began = performance.now();
      await measure.end();
      const left = await pool.close('drop-all');
      await dropTemplate().catch(() => left.push(template));
      await admin.end();
      if (left.length > 0) {
        run.options.emit({
          kind: 'warning',
          code: 'databases-left',
          message: `${server.endpoint} still has ${left.join(', ')}: drop them by hand`,
        });
      }
      return { forced: false, ms: performance.now() - began };
    },
  });
}

const FORGOTTEN_HOURS = 6;

/** Databases of ours that a killed run left: by the time in their name, and only where nobody is connected. */
async function dropForgotten(admin: Session): Promise<void> {
  const rows = await admin.query(`
    SELECT datname FROM pg_database d
    WHERE datname ~ '^rt_[0-9]{8}_[0-9]{6}_[0-9a-f]{4}_([0-9]+|template)$'
      AND to_timestamp(substr(datname, 4, 15), 'YYYYMMDD_HH24MISS')::timestamp
        < (now() AT TIME ZONE 'UTC') - interval '${FORGOTTEN_HOURS} hours'
      AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`);
  for (const { datname } of rows) {
    // Another user's stays: it is not ours to drop.
    await admin.query(`DROP DATABASE IF EXISTS ${identifier(String(datname))}`).catch(() => {});
  }
}
