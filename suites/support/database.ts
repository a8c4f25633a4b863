/** The file's own PostgreSQL database, as the platform sees it and as a second pair of eyes. */
import { randomUUID } from 'node:crypto';
import { Database, type DatabaseOptions, type Queries } from '../../platform/shared/database.ts';
import { endpoint } from './endpoints.ts';

const opened = new Set<Database>();

/** The platform's own access to the real database. @param url another way to it, e.g. over a link. Closed by `closeDatabases`. */
export function openDatabase(options?: DatabaseOptions, url: string = endpoint('DATABASE_URL')): Database {
  const database = new Database(url, options);
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

/**
 * Holds a table, so that whoever reads it waits: a run of an agent stops at exactly this point until `release`.
 * @returns when the table is held
 */
export async function holdTable(database: Database, table: string): Promise<{ release(): Promise<void> }> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((held, failed) => {
    ended = database.transaction(async (transaction) => {
      await transaction.query(`lock table ${table} in access exclusive mode`);
      held();
      await released;
    });
    ended.catch(failed);
  });
  return {
    release: () => {
      release();
      return ended;
    },
  };
}

/** The SQLSTATE of an error that PostgreSQL told; 'none' for any other. */
export const sqlState = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'none';

/** So many meet here: each goes on when all have come. One who comes again finds the others long gone, and goes on. */
export function meeting(of = 2): () => Promise<void> {
  let come = 0;
  let open = (): void => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    come += 1;
    if (come === of) open();
    return all;
  };
}

/** The titles of a user's threads, in order of the alphabet. */
export const titlesOf = async (database: Database, owner: string): Promise<readonly unknown[]> =>
  (await database.query('select title from threads where user_id = $1 order by title', [owner])).map(
    ({ title }) => title,
  );

export const addThread = (to: Queries, owner: string, title: string): Promise<unknown> =>
  to.query('insert into threads (user_id, title) values ($1, $2)', [owner, title]);
