/**
 * What a run makes on a server that somebody else runs: databases or schemas named `rt_<run>_…`, and nothing else is
 * touched. It has the rights that its URL gives; where they do not suffice, that is said before anything is made.
 *
 *   database   template made and sealed ► clones ► all dropped at the end
 *   schema     schemas of the database that the URL names ► all dropped at the end
 *   none       that database itself: nothing is made, migrated or dropped
 */
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed } from '../failure.ts';
import { databases } from './databases.ts';
import { dropForgotten, sayAlive, signed } from './forgotten.ts';
import { apply, type CommandGround, type MigrationFailure, type Preparation } from './migration.ts';
import { schemas } from './schemas.ts';
import type { PostgresServer, Source } from './server.ts';
import { connect, identifier, type Session, scalar } from './session.ts';
import { shared, tellShared } from './shared.ts';

export interface ForeignGround {
  readonly server: PostgresServer;
  /** stays open as long as the run */
  readonly admin: Session;
  readonly preparation: Preparation;
  readonly commands: CommandGround;
  readonly named: { readonly url: URL; readonly source: string; readonly endpoint: string };
}

/** @throws {SqlError} */
export async function foreignSource(
  run: RunContext,
  ground: ForeignGround,
): Promise<Result<Source, ServiceFailure>> {
  const { service } = ground.server;
  switch (service.isolation) {
    case 'none':
      tellShared(run, service, `; the one at ${ground.named.endpoint} is used as it is, and not migrated`);
      return ok({ lease: async () => ok(shared(fieldsOf(ground))), close: async () => [] });
    case 'schema':
      return foreignSchemas(run, ground);
    case 'database':
      return foreignDatabases(run, ground);
    case 'cluster':
      throw new Error('refused before');
  }
}

const fieldsOf = ({ server, named }: ForeignGround) => ({
  url: named.url.href,
  host: server.host,
  port: server.port,
});

async function foreignDatabases(
  run: RunContext,
  ground: ForeignGround,
): Promise<Result<Source, ServiceFailure>> {
  const { server, admin, named } = ground;
  const may = 'SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user';
  if ((await scalar(admin, may)) !== 'true') {
    const role = await scalar(admin, 'SELECT current_user');
    return failed({
      service: server.service.name,
      reason: `${named.endpoint} (${named.source}): its role "${role}" may not create databases`,
      remedy: `ALTER ROLE ${identifier(role)} CREATEDB, or choose isolation: schema (a schema for each file in the database that the URL names) or none`,
    });
  }
  await sayAlive(admin, server.prefix);
  await dropForgotten(admin, server.major, 'database');
  const template = `${server.prefix}_template`;
  const made = await makeTemplate(run, ground, template);
  if (!made.ok) return failed({ service: server.service.name, ...made.error });
  const source = databases(run, server, template);
  return ok({
    lease: source.lease,
    close: async (fate) => {
      const left = [...(await source.close(fate))];
      await dropTemplate(admin, template).catch(() => left.push(template));
      return left;
    },
  });
}

const dropTemplate = (admin: Session, template: string): Promise<unknown> =>
  admin.query(`DROP DATABASE IF EXISTS ${identifier(template)}`);

async function makeTemplate(
  run: RunContext,
  { server, admin, preparation, commands }: ForeignGround,
  template: string,
): Promise<Result<void, MigrationFailure>> {
  const onStop = (): void => {
    const theirs = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${template}'`;
    admin.query(theirs).catch(() => {});
  };
  run.signal.addEventListener('abort', onStop, { once: true });
  try {
    await admin.query(`CREATE DATABASE ${identifier(template)}`);
    await admin.query(signed('database', template));
    const url = server.url(template, null);
    const session = await connect({ connectionString: url });
    const log = (key: string): string => run.logPath(`${server.service.name}.${key}`);
    const target = { session, url, commands, log };
    const migrated = await apply(run, preparation.migrate, target);
    const applied = migrated.ok ? await apply(run, preparation.seed, target) : migrated;
    if (applied.ok) await session.query('ANALYZE');
    await session.end();
    if (!applied.ok) {
      await dropTemplate(admin, template);
      return applied;
    }
    await admin.query(`ALTER DATABASE ${identifier(template)} WITH ALLOW_CONNECTIONS false`);
    return ok(undefined);
  } catch (error) {
    await dropTemplate(admin, template).catch(() => {});
    throw error;
  } finally {
    run.signal.removeEventListener('abort', onStop);
  }
}

async function foreignSchemas(
  run: RunContext,
  ground: ForeignGround,
): Promise<Result<Source, ServiceFailure>> {
  const { server, admin, named } = ground;
  const [found] = await admin.query(
    "SELECT current_database() AS database, current_user AS role, has_database_privilege(current_database(), 'CREATE') AS may",
  );
  const database = String(found?.database);
  if (found?.may !== true) {
    return failed({
      service: server.service.name,
      reason: `${named.endpoint} (${named.source}): its role "${found?.role}" may not create schemas in "${database}"`,
      remedy: `GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(String(found?.role))}, or choose isolation: none`,
    });
  }
  await sayAlive(admin, server.prefix);
  await dropForgotten(admin, server.major, 'schema');
  return ok(schemas(run, { ...ground, database }));
}
