/** Dropping what a lease had, with the role that it had on a server of ours. What is gone already is no error. */
import { identifier, type Session, scalar } from './session.ts';

/** @param role null: the tests were whoever the server's URL names @throws {SqlError} */
export async function dropDatabase(
  session: Session,
  major: number,
  { database, role }: { readonly database: string; readonly role: string | null },
): Promise<void> {
  const force = major >= 13 ? 'WITH (FORCE)' : '';
  await session.query(`DROP DATABASE IF EXISTS ${identifier(database)} ${force}`);
  if (role !== null) await session.query(`DROP ROLE IF EXISTS ${identifier(role)}`);
}

/** With whoever is connected as its role. @param session to the database that holds it @throws {SqlError} */
export async function dropSchema(
  session: Session,
  { schema, role }: { readonly schema: string; readonly role: string },
): Promise<void> {
  await session.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
  await session.query(`DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`);
  const known = await scalar(session, `SELECT count(*) FROM pg_roles WHERE rolname = '${role}'`);
  if (known === '0') return;
  await session.query(`DROP OWNED BY ${identifier(role)} CASCADE`);
  await session.query(`DROP ROLE ${identifier(role)}`);
}
