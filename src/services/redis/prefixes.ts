/**
 * `isolation: acl-prefix`: one server for all leases, and a user of its access control list for each, who reaches only keys
 * and channels that begin with his prefix. Users and keys are gone when a lease is; those of a killed run go with the
 * next that comes six hours later.
 */
import { randomBytes } from 'node:crypto';
import { gte } from 'semver';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed, messageOf } from '../failure.ts';
import { never, type SharedService, uncounted } from '../kinds.ts';
import { prefixOf } from '../made-names.ts';
import { addressOf } from './address.ts';
import type { SharedRedis } from './databases.ts';
import { connectRedis, infoFields, type RedisConnection, type Reply } from './resp.ts';

/** Channels are in the list from here on. */
const FIRST = '6.2.0';
const FORGOTTEN_MS = 6 * 60 * 60 * 1000;

/**
 * What is left of all commands once those are gone that change the server for everybody, or tell of others: names of keys
 * (SCAN), of channels (PUBSUB), and in 7 also changes that others make (CLIENT TRACKING) and their functions.
 */
const rulesOf = (version: string): readonly string[] => [
  ...['+@all', '-@admin', '-@dangerous', '+info', '-scan', '-randomkey', '-pubsub'],
  ...['-script', '+script|load', '+script|exists'],
  ...(gte(version, '7.0.0')
    ? ['-function', '-client|tracking']
    : ['+client|setname', '+client|getname', '+client|id']),
];

export async function prefixLeases(
  run: RunContext,
  { service, url: server, endpoint, version }: SharedRedis,
): Promise<Result<SharedService['lease'], ServiceFailure>> {
  const open = (): Promise<RedisConnection> => connectRedis(addressOf(server), service.readyTimeout);
  const refused = (reason: string) =>
    failed({
      service: service.name,
      reason: `${endpoint}: isolation: acl-prefix ${reason}`,
      remedy: 'use a user that may use ACL SETUSER, or choose isolation: database',
    });
  if (!gte(version, FIRST)) return refused(`wants Redis ${FIRST}, and this is ${version}`);
  const base = prefixOf(run, service);
  const make = (connection: RedisConnection, name: string, password: string): Promise<Reply> => {
    const own = `${ownPart(name)}*`;
    const user = ['reset', 'on', `>${password}`, `~${own}`, `&${own}`];
    return connection.command('ACL', 'SETUSER', name, ...user, ...rulesOf(version));
  };
  try {
    await using(open, async (connection) => {
      await dropForgotten(connection);
      // Whether this user may, before any file asks.
      await make(connection, `${base}_0`, password());
      await connection.command('ACL', 'DELUSER', `${base}_0`);
    });
  } catch (error) {
    return refused(`can't be had: ${messageOf(error)}`);
  }
  let number = 0;
  return ok(async () => {
    number += 1;
    const name = `${base}_${number}`;
    const url = new URL(server);
    url.username = name;
    url.password = password();
    try {
      await using(open, (connection) => make(connection, name, url.password));
    } catch (error) {
      return refused(`can't be had: ${messageOf(error)}`);
    }
    return ok({
      fields: { url: url.href, host: url.hostname, port: url.port || '6379', prefix: ownPart(name) },
      origin: null,
      shared: true,
      crashed: never(),
      measure: uncounted,
      release: async () => {
        const began = performance.now();
        await using(open, (connection) => drop(connection, name)).catch((error) => {
          run.options.emit({
            kind: 'warning',
            code: 'redis-not-flushed',
            message: `${endpoint}: user ${name} and its keys could not be removed: ${messageOf(error)}`,
          });
        });
        return { forced: false, ms: performance.now() - began };
      },
    });
  });
}

const password = (): string => randomBytes(24).toString('base64url');
/** what every key and channel of a user begins with */
const ownPart = (name: string): string => `${name}:`;

async function using<T>(
  open: () => Promise<RedisConnection>,
  work: (connection: RedisConnection) => Promise<T>,
): Promise<T> {
  const connection = await open();
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** The user first: what it still wrote meanwhile is then found, in whichever logical database it was. */
async function drop(connection: RedisConnection, name: string): Promise<void> {
  await connection.command('ACL', 'DELUSER', name);
  const keyspace = infoFields(await connection.command('INFO', 'keyspace'));
  for (const database of keyspace.keys()) {
    const number = /^db(\d+)$/.exec(database)?.[1];
    if (number === undefined) continue;
    await connection.command('SELECT', number);
    let cursor = '0';
    do {
      const reply = await connection.command('SCAN', cursor, 'MATCH', `${ownPart(name)}*`, 'COUNT', '1000');
      const [next, keys] = Array.isArray(reply) ? reply : ['0', []];
      if (Array.isArray(keys) && keys.length > 0) await connection.command('UNLINK', ...keys.map(String));
      cursor = String(next);
    } while (cursor !== '0');
  }
}

async function dropForgotten(connection: RedisConnection): Promise<void> {
  const users = await connection.command('ACL', 'USERS');
  for (const user of Array.isArray(users) ? users : []) {
    const name = String(user);
    const began = /^rt_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)_(?:[0-9a-f]{4}){1,2}(?:_\d+){1,2}$/.exec(name);
    if (began === null) continue;
    const [, year, month, day, hour, minute, second] = began.map(Number);
    const time = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
    if (Date.now() - time > FORGOTTEN_MS) await drop(connection, name);
  }
}
