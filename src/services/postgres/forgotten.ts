/**
 * What killed runs left on a server that somebody else runs. Everything that a run makes there has its name in a comment, and
 * the run holds a lock as long as it lives. Whatever can be shown to be dead goes with the next start; what another machine
 * or container made, of which nothing can be known here, when it is six hours old and nobody uses it.
 */
import { fateOf, machineId, ownName } from '../../processes/index.ts';
import { RUN_IN_NAME } from '../made-names.ts';
import { identifier, type Session, SqlError, scalar } from './session.ts';

type Made = 'database' | 'schema';

const HOURS = 6;
/** Names that a run gave; what is renamed to keep it is not among them. */
const NAMES = `^rt_${RUN_IN_NAME}_([0-9]+_)?([0-9]+|template)$`;
/** before the name of the process in a comment */
const SIGN = 'runner';

/** The statement by which a run signs what it has made. */
export const signed = (what: Made, name: string): string =>
  `COMMENT ON ${what.toUpperCase()} ${identifier(name)} IS '${`${SIGN} ${ownName()} ${machineId()}`.replaceAll("'", "''")}'`;

/** Shared: a run may have several services on one server. Goes with the connection. Seen by others that are connected to the same database. */
export async function sayAlive(admin: Session, prefix: string): Promise<void> {
  await admin.query(`SELECT pg_advisory_lock_shared(${lockOf(prefix)})`);
}

const lockOf = (prefix: string): string => `hashtextextended('${prefix}', 0)`;

export async function dropForgotten(admin: Session, major: number, what: Made): Promise<void> {
  for (const { name, comment, old, used } of await admin.query(LISTS[what])) {
    const made = String(name);
    const dead = isDead(String(comment ?? ''));
    if (!dead && (old !== true || used === true)) continue;
    const lock = lockOf(made.slice(0, made.lastIndexOf('_')));
    if ((await scalar(admin, `SELECT pg_try_advisory_lock(${lock})`)) !== 'true') continue;
    // Another user's stays: it is not ours to drop.
    await drop(admin, what, made, dead && major >= 13).catch((error) => {
      if (!(error instanceof SqlError)) throw error;
    });
    await admin.query(`SELECT pg_advisory_unlock(${lock})`);
  }
}

const named = (column: string): string => `
  ${column} AS name,
  to_timestamp(substr(${column}, 4, 15), 'YYYYMMDD_HH24MISS')::timestamp
    < (now() AT TIME ZONE 'UTC') - interval '${HOURS} hours' AS old`;

const LISTS: Readonly<Record<Made, string>> = {
  database: `
    SELECT ${named('datname')}, shobj_description(oid, 'pg_database') AS comment,
      EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) AS used
    FROM pg_database d WHERE datname ~ '${NAMES}'`,
  // Its lock says whether it is used.
  schema: `
    SELECT ${named('nspname')}, obj_description(oid, 'pg_namespace') AS comment, false AS used
    FROM pg_namespace WHERE nspname ~ '${NAMES}'`,
};

/**
 * Whether the process that signed has certainly ended: of this boot and namespace, or of this machine before it was started
 * again. A server is used from many machines, so a host's name alone proves nothing, nor does a system that has no boot id.
 */
function isDead(comment: string): boolean {
  const [sign, ...name] = comment.split(' ');
  const [, , boot] = name;
  if (sign !== SIGN || boot === undefined || boot === '') return false;
  const fate = fateOf(name.join(' '));
  const machine = machineId();
  return fate === 'ended' || (fate === 'rebooted' && machine !== '' && name.at(-1) === machine);
}

/** `force`: whoever is still connected to it has lost its run. */
async function drop(admin: Session, what: Made, name: string, force: boolean): Promise<void> {
  const quoted = identifier(name);
  if (what === 'schema') await admin.query(`DROP SCHEMA IF EXISTS ${quoted} CASCADE`);
  else await admin.query(`DROP DATABASE IF EXISTS ${quoted}${force ? ' WITH (FORCE)' : ''}`);
}
