/** Removing what was kept: databases and schemas from servers that go on, then the folder with everything that was stored. */
import { rm } from 'node:fs/promises';
import { err, ok, type Result } from '../../events/index.ts';
import { connect, identifier, type Session, SqlError } from '../postgres/session.ts';
import { dropWarm } from '../supervisor/drop.ts';
import type { KeptDatabase, KeptRun } from './record.ts';

/** SQLSTATE invalid_catalog_name: there is no such database */
const NO_DATABASE = '3D000';

/**
 * @returns why something is still there, in one sentence each; then the folder stays too
 */
export async function removeKept(kept: KeptRun): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const database of kept.databases) {
    const dropped = await drop(database);
    if (!dropped.ok)
      problems.push(`${database.what} ${database.name} (${database.service}): ${dropped.error}`);
  }
  if (problems.length === 0) await rm(kept.folder, { recursive: true, force: true });
  return problems;
}

async function drop(database: KeptDatabase): Promise<Result<unknown, string>> {
  const { server, service, name } = database;
  if (server.kind === 'stored') return ok('with its folder');
  if (server.provider === 'warm') return dropWarm({ socket: server.socket, service, name });
  try {
    await dropByUrl(database);
    return ok('dropped');
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return err(error.message);
  }
}

/** As its owner, who may drop it; from the database that every server has. @throws {SqlError} */
async function dropByUrl({ what, name, url }: KeptDatabase): Promise<void> {
  const elsewhere = new URL(url);
  if (what === 'database') elsewhere.pathname = '/postgres';
  let session: Session | null = null;
  try {
    session = await connect({ connectionString: elsewhere.href, connectionTimeoutMillis: 5000 });
    if (what === 'schema') await session.query(`DROP SCHEMA IF EXISTS ${identifier(name)} CASCADE`);
    else {
      await session.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      await session.query(`DROP DATABASE IF EXISTS ${identifier(name)}`);
    }
  } catch (error) {
    if (!(error instanceof SqlError && error.code === NO_DATABASE)) throw error;
  } finally {
    await session?.end();
  }
}
