/** The file's own PostgreSQL database, as the platform sees it and as a second pair of eyes. */
import { randomUUID } from 'node:crypto';
import { Database, type DatabaseOptions } from '../../platform/shared/database.ts';
import { endpoint } from './endpoints.ts';

const opened = new Set<Database>();

/** The platform's own access to the real database. Closed by `closeDatabases`. */
export function openDatabase(options?: DatabaseOptions): Database {
  const database = new Database(endpoint('DATABASE_URL'), options);
  opened.add(database);
  return database;
}

export async function closeDatabases(): Promise<void> {
  await Promise.all([...opened].map((database) => database.close()));
  opened.clear();
}

/** A row in users, without a login: for suites that need an owner and no auth service. */
export async function newOwner(database: Database, tier: 'basic' | 'enterprise' = 'basic'): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `insert into users (email, password_hash, tier) values ($1, 'no login', $2) returning id`,
    [`${randomUUID()}@example.com`, tier],
  );
  if (row === undefined) throw new Error('PostgreSQL returned no row for an insert');
  return row.id;
}

/** What a single-row, single-column query answers. */
export async function single(
  database: Database,
  sql: string,
  values: readonly unknown[] = [],
): Promise<unknown> {
  const [row] = await database.query(sql, values);
  return row === undefined ? undefined : Object.values(row)[0];
}
