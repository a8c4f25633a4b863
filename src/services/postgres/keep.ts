/** A lease's database or schema taken out of the pool: renamed, so that nothing that clears up after runs takes it for theirs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { KeptPart, KeptWhere, Origin } from '../kinds.ts';
import { keptName, roleOf } from '../made-names.ts';
import type { Cluster } from './cluster.ts';
import { dropDatabase, dropSchema } from './drop.ts';
import type { Logins, PostgresServer } from './server.ts';
import { identifier, type Session, SqlError } from './session.ts';

/** ms in which the connections of those that were killed are gone */
const PATIENCE = 5000;
/** SQLSTATE object_in_use */
const IN_USE = '55006';

/** With the whole data folder of a server of ours. */
export const storedAs = (
  service: PostgresServiceConfig,
  { provider }: Pick<Origin, 'provider'>,
  { version }: Pick<Cluster, 'version'>,
  folder: string,
): KeptWhere => ({ kind: 'data', folder, service, engine: { provider, version } });

/**
 * Drops what was kept on a server of ours that goes on, and the role of its lease.
 *
 * @param schemaDatabase the one that holds the schemas, with `isolation: schema`
 * @returns why it is still there
 */
export async function dropKept(
  { service, major, connect }: PostgresServer,
  name: string,
  schemaDatabase: string,
): Promise<Result<void, string>> {
  const role = roleOf(name);
  let session: Session | null = null;
  try {
    if (service.isolation === 'schema') {
      session = await connect(schemaDatabase);
      await dropSchema(session, { schema: name, role });
    } else {
      session = await connect();
      await dropDatabase(session, major, { database: name, role });
    }
    return ok(undefined);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return err(error.message);
  } finally {
    await session?.end();
  }
}

export async function keepDatabase(
  server: PostgresServer,
  name: string,
  logins: Logins,
): Promise<Result<KeptPart, string>> {
  const kept = keptName(name);
  const login = server.whose === 'ours' ? logins.of(name) : null;
  return renamed(
    server,
    undefined,
    { what: 'database', name: kept, url: server.url(kept, login) },
    (session) => renameDatabase(session, name, kept),
  );
}

export async function keepSchema(
  server: PostgresServer,
  { database, name }: { readonly database: string; readonly name: string },
  urlOf: (name: string) => string,
): Promise<Result<KeptPart, string>> {
  const kept = keptName(name);
  return renamed(server, database, { what: 'schema', name: kept, url: urlOf(kept) }, async (session) => {
    await session.query(`ALTER SCHEMA ${identifier(name)} RENAME TO ${identifier(kept)}`);
  });
}

async function renamed(
  { keeping, connect }: PostgresServer,
  database: string | undefined,
  part: Omit<KeptPart, 'where'>,
  rename: (session: Session) => Promise<void>,
): Promise<Result<KeptPart, string>> {
  if (!keeping.ok) return keeping;
  let session: Session | null = null;
  try {
    session = await connect(database);
    await rename(session);
    return ok({ ...part, where: keeping.value });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return err(error.message);
  } finally {
    await session?.end();
  }
}

/** Nobody may be connected to it: whoever used it is gone, and its server may need a moment to see that. */
async function renameDatabase(session: Session, name: string, kept: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    await session.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    try {
      await session.query(`ALTER DATABASE ${identifier(name)} RENAME TO ${identifier(kept)}`);
      return;
    } catch (error) {
      const busy = error instanceof SqlError && error.code === IN_USE;
      if (!busy || performance.now() > deadline) throw error;
    }
    await sleep(10);
  }
}
