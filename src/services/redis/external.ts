/** A Redis that somebody else runs: whether it will do, and what is not kept apart on it. */
import type { RedisServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Deployed, endpointOf } from '../deployed.ts';
import { type ExternalKind, elsewhere, externalCandidate, otherVersion } from '../external.ts';
import { failed, messageOf } from '../failure.ts';
import { never, type SharedService } from '../kinds.ts';
import type { Candidate, Opened } from '../providers.ts';
import { plainVersion } from '../versions.ts';
import { addressOf } from './address.ts';
import { databaseLeases, type SharedRedis } from './databases.ts';
import { prefixLeases } from './prefixes.ts';
import { connectRedis, infoFields } from './resp.ts';

/** @param deployed null where nobody named one */
export const externalRedis = (
  service: RedisServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Candidate => externalCandidate(service, deployed, kindOf(service), open);

const kindOf = (service: RedisServiceConfig): ExternalKind => ({
  defaultPort: '6379',
  example: 'redis://127.0.0.1:6379',
  version: (deployed) => serverVersion(service, deployed),
});

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
  const far = elsewhere(service, deployed, endpoint);
  if (far !== null) return far;
  if (service.isolation === 'process') {
    return fail(
      `isolation: process wants servers that the runner starts, and ${deployed.source} names one that runs already`,
      `unset ${deployed.source}, or choose isolation: database or acl-prefix`,
    );
  }
  const asked = await serverVersion(service, deployed);
  if (!asked.ok) {
    const remedy = `see that the server of ${deployed.source} runs and lets this user in, or unset it`;
    return fail(`${endpoint} (${deployed.source}): ${asked.error}`, remedy);
  }
  const [shown, version] = [asked.value, plainVersion(asked.value) ?? '0.0.0'];
  const other = otherVersion(service, deployed, endpoint, { product: 'Redis', shown, version });
  if (other !== null) return other;
  const shared = { service, url: deployed.url, endpoint, version };
  const lease =
    service.isolation === 'acl-prefix' ? await prefixLeases(run, shared) : ok(databaseLeases(run, shared));
  if (!lease.ok) return lease;
  run.options.emit({ kind: 'warning', code: 'redis-shared', message: limitsOf(shared) });
  return ok({
    origin: { provider: 'external', version: shown, endpoint, log: null },
    crashed: never(),
    stop: async () => ({ forced: false, ms: 0 }),
    lease: lease.value,
  });
}

/** What is not kept apart there: said in every run, since it is not what the runner's own servers do. */
function limitsOf({ service, endpoint }: SharedRedis): string {
  const server = `"${service.name}" at ${endpoint} is one server for all`;
  return service.isolation === 'acl-prefix'
    ? `${server}: each file has a user that reaches only keys and channels with its prefix (in REDIS_PREFIX); it may not SCAN, KEYS, FLUSH, CONFIG or hear keyspace notifications, and memory, time and DBSIZE are everybody's`
    : `${server}: each file gets an empty logical database of its own, but pub/sub channels, keyspace notifications, scripts, CONFIG and FLUSHALL reach across`;
}
