/**
 * `isolation: database`: one server for all leases. Each gets a logical database that was found empty, and only such a one
 * is flushed afterwards. Database 0 holds our claims (`runner:lease:<number>`), so that two runs on one server don't meet.
 */
import type { RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { failed, messageOf } from '../failure.ts';
import { never, type SharedService, uncounted } from '../kinds.ts';
import { addressOf } from './address.ts';
import { connectRedis, type RedisConnection } from './resp.ts';

/** A server that leases share. */
export interface SharedRedis {
  readonly service: RedisServiceConfig;
  /** as whoever may do everything that is needed there */
  readonly url: URL;
  readonly endpoint: string;
  /** three numbers */
  readonly version: string;
}

/** A claim of a run that was killed ends by itself. */
const CLAIM_SECONDS = 6 * 60 * 60;
/** Redis's own default; a server that has more says so when a higher number is asked for */
const HIGHEST = 255;

export function databaseLeases(
  run: RunContext,
  { service, url: server, endpoint }: SharedRedis,
): SharedService['lease'] {
  const open = (): Promise<RedisConnection> => connectRedis(addressOf(server), service.readyTimeout);
  return async (request) => {
    const claimed = await claim(open, request.attempt).catch((error) => err(messageOf(error)));
    if (!claimed.ok) {
      return failed({
        service: service.name,
        reason: `${endpoint}: ${claimed.error}`,
        remedy:
          'empty a logical database other than 0, or raise `databases` of the server, or choose isolation: acl-prefix',
      });
    }
    const url = new URL(server);
    url.pathname = `/${claimed.value}`;
    return ok({
      fields: { url: url.href, host: url.hostname, port: url.port || '6379' },
      origin: null,
      shared: true,
      crashed: never(),
      // Its counters are everybody's who uses that server.
      measure: uncounted,
      release: async () => {
        const began = performance.now();
        await giveBack(open, claimed.value, request.attempt).catch((error) => {
          run.options.emit({
            kind: 'warning',
            code: 'redis-not-flushed',
            message: `${endpoint}: database ${claimed.value} could not be emptied: ${messageOf(error)}`,
          });
        });
        return { forced: false, ms: performance.now() - began };
      },
    });
  };
}

type Open = () => Promise<RedisConnection>;

async function claim(open: Open, holder: string): Promise<Result<number, string>> {
  const connection = await open();
  try {
    for (let number = 1; number <= HIGHEST; number += 1) {
      const key = `runner:lease:${number}`;
      await connection.command('SELECT', '0');
      if ((await connection.command('SET', key, holder, 'NX', 'EX', String(CLAIM_SECONDS))) !== 'OK')
        continue;
      // Redis has no way to ask how many there are that every user may use: the first that it refuses is the end.
      const selected = await connection.command('SELECT', String(number)).catch(() => null);
      if (selected !== null && (await connection.command('DBSIZE')) === 0) return ok(number);
      await connection.command('SELECT', '0');
      await connection.command('DEL', key);
      if (selected === null) break;
    }
    return err('no logical database is both empty and free');
  } finally {
    connection.close();
  }
}

async function giveBack(open: Open, number: number, holder: string): Promise<void> {
  const connection = await open();
  try {
    const key = `runner:lease:${number}`;
    // A claim that ran out may be somebody else's by now, and so may the data.
    if ((await connection.command('GET', key)) !== holder) return;
    await connection.command('SELECT', String(number));
    await connection.command('FLUSHDB');
    await connection.command('SELECT', '0');
    await connection.command('DEL', key);
  } finally {
    connection.close();
  }
}
