/** Asking a store whether a service has left its mark there: for a service that listens nowhere. */
import { messageOf } from '../failure.ts';
import { connect } from '../postgres/session.ts';
import { addressOf } from '../redis/address.ts';
import { connectRedis } from '../redis/resp.ts';
import type { ProbeResult } from './probes.ts';

export async function probeSql(url: string, statement: string, timeout: number): Promise<ProbeResult> {
  try {
    const session = await connect({
      connectionString: url,
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
    });
    try {
      const rows = await session.query(statement);
      return rows.length > 0 ? null : `\`${statement}\` gives no row`;
    } finally {
      await session.end();
    }
  } catch (error) {
    return `\`${statement}\`: ${messageOf(error)}`;
  }
}

export async function probeRedis(
  url: string,
  command: readonly string[],
  timeout: number,
): Promise<ProbeResult> {
  const shown = command.join(' ');
  try {
    const connection = await connectRedis(addressOf(new URL(url)), timeout);
    try {
      const reply = await connection.command(...command);
      return reply === null || reply === 0 ? `\`${shown}\` answers ${reply ?? 'nil'}` : null;
    } finally {
      connection.close();
    }
  } catch (error) {
    return `\`${shown}\`: ${messageOf(error)}`;
  }
}
