/** What one Redis process of ours has done since it was handed out, as it counted itself (`INFO`). */
import type { ServiceTotals } from '../../events/index.ts';
import { isHandshake } from '../evidence/redis.ts';
import { connectRedis, infoFields, type RedisAddress, type RedisConnection } from './resp.ts';

const PATIENCE = 1000;

/** Our own connections until now are no evidence. */
export const forgetCounts = (address: RedisAddress): Promise<void> =>
  withConnection(address, async (connection) => {
    await connection.command('CONFIG', 'RESETSTAT');
  });

/** @returns null where it can't be asked any more */
export async function measureRedis(address: RedisAddress): Promise<ServiceTotals | null> {
  try {
    return await withConnection(address, async (connection) => {
      const stats = infoFields(await connection.command('INFO', 'stats'));
      const commands = infoFields(await connection.command('INFO', 'commandstats'));
      let count = 0;
      for (const [name, line] of commands) {
        if (!isHandshake(name.replace(/^cmdstat_/, ''))) count += Number(/^calls=(\d+)/.exec(line)?.[1] ?? 0);
      }
      // This connection is ours, and so is its PING.
      const connections = Math.max(0, Number(stats.get('total_connections_received') ?? 1) - 1);
      return { kind: 'redis', connections, commands: Math.max(0, count - 1) };
    });
  } catch {
    return null;
  }
}

async function withConnection<T>(
  address: RedisAddress,
  work: (connection: RedisConnection) => Promise<T>,
): Promise<T> {
  const connection = await connectRedis(address, PATIENCE);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}
