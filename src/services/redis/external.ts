/**
 * A Redis that somebody else runs. A lease gets a logical database that was found empty, and only such a one is flushed
 * afterwards. Database 0 holds our claims (`runner:lease:<number>`), so that two runs on one server don't meet.
 */
import type { RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Deployed, endpointOf, isLoopback } from '../deployed.ts';
import { failed, messageOf } from '../failure.ts';
import { never, type SharedService, uncounted } from '../kinds.ts';
import { type Candidate, type Finding, type Opened, unusable } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import { addressOf } from './address.ts';
import { connectRedis, infoFields, type RedisConnection } from './resp.ts';

/** A claim of a run that was killed ends by itself. */
const CLAIM_SECONDS = 6 * 60 * 60;
/** Redis's own default; a server that has more says so when a higher number is asked for */
const HIGHEST = 255;

/** @param deployed null where nobody named one */
export const externalRedis = (
  service: RedisServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Candidate => ({
  provider: 'external',
  find: async () => [found(service, deployed, open)],
});

function found(
  service: RedisServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Finding {
  if (deployed === null) {
    return unusable(`${service.urlEnv} is not set`, `${service.urlEnv}=redis://127.0.0.1:6379`);
  }
  return {
    kind: 'usable',
    version: null,
    where: `${endpointOf(deployed.url, '6379')} (${deployed.source})`,
    ask: () => serverVersion(service, deployed),
    open: () => open(deployed),
  };
}

async function serverVersion(
  service: RedisServiceConfig,
  { url }: Deployed,
): Promise<Result<string, string>> {
  try {
    const connection = await connectRedis(addressOf(url), service.readyTimeout);
    try {
      const info = infoFields(await connection.command('INFO', 'server'));
      return ok(info.get('redis_version') ?? '0');
    } finally {
      connection.close();
    }
  } catch (error) {
    return { ok: false, error: messageOf(error) };
  }
}

export async function openExternal(
  run: RunContext,
  service: RedisServiceConfig,
  deployed: Deployed,
): Promise<Result<SharedService, ServiceFailure>> {
  const endpoint = endpointOf(deployed.url, '6379');
  const fail = (reason: string, remedy: string) => failed({ service: service.name, reason, remedy });
  if (deployed.by === 'variable' && !isLoopback(deployed.url)) {
    return fail(
      `${deployed.source} names ${endpoint}, which is not this machine`,
      `name it in the registry, \`environments.<name>.services.${service.name}\`, and choose that environment with --env; or unset ${deployed.source}`,
    );
  }
  const open = (): Promise<RedisConnection> => connectRedis(addressOf(deployed.url), service.readyTimeout);
  let version: string;
  try {
    const connection = await open();
    const info = infoFields(await connection.command('INFO', 'server'));
    connection.close();
    version = info.get('redis_version') ?? '0';
  } catch (error) {
    const remedy = `see that the server of ${deployed.source} runs and lets this user in, or unset it`;
    return fail(`${endpoint} (${deployed.source}): ${messageOf(error)}`, remedy);
  }
  if (!allowed(plainVersion(version) ?? '0.0.0', service.version)) {
    return fail(
      `${endpoint} (${deployed.source}) is Redis ${version}, wanted is ${service.version}`,
      `unset ${deployed.source}, or change \`version\` of "${service.name}"`,
    );
  }
  run.options.emit({
    kind: 'warning',
    code: 'redis-shared',
    message: `"${service.name}" at ${endpoint} is one server for all: each file gets an empty logical database of its own, but pub/sub channels and FLUSHALL reach across`,
  });
  return ok({
    origin: { provider: 'external', version, endpoint, log: null },
    crashed: never(),
    stop: async () => ({ forced: false, ms: 0 }),
    lease: async (request) => {
      const claimed = await claim(open, request.attempt).catch((error) => err(messageOf(error)));
      if (!claimed.ok) {
        return fail(
          `${endpoint}: ${claimed.error}`,
          'empty a logical database other than 0, or raise `databases`',
        );
      }
      const url = new URL(deployed.url);
      url.pathname = `/${claimed.value}`;
      return ok({
        fields: { url: url.href, host: url.hostname, port: url.port || '6379' },
        origin: null,
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
    },
  });
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
