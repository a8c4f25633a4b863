/** Where a Redis may come from, each way a candidate: deployed already, on PATH, the distribution's package. */
import type { RedisServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { type Deployed, endpointOf } from '../deployed.ts';
import { messageOf } from '../failure.ts';
import { onPath } from '../programs.ts';
import { type Candidate, type Finding, type Opened, pinRemedy, unusable } from '../providers.ts';
import { warmCandidate } from '../supervisor/warm.ts';
import { allowed } from '../versions.ts';
import { addressOf } from './address.ts';
import { archivedRedis, versionOf } from './fetch.ts';
import { connectRedis, infoFields } from './resp.ts';
import type { RedisProgram } from './server.ts';

export interface RedisOpeners {
  external(deployed: Deployed): Promise<Opened>;
  own(program: RedisProgram): Promise<Opened>;
  /** fetched first, where it is not in the cache yet */
  fetched(): Promise<Opened>;
}

export const redisCandidates = (
  run: RunContext,
  service: RedisServiceConfig,
  deployed: Deployed | null,
  openers: RedisOpeners,
): readonly Candidate[] => [
  { provider: 'external', find: async () => [external(service, deployed, openers)] },
  warmCandidate(run, service),
  { provider: 'binary', find: () => binaries(run, service, openers) },
  { provider: 'package', find: async () => [await archived(run, service, openers)] },
];

function external(service: RedisServiceConfig, deployed: Deployed | null, openers: RedisOpeners): Finding {
  if (deployed === null) {
    return unusable(`${service.urlEnv} is not set`, `${service.urlEnv}=redis://127.0.0.1:6379`);
  }
  return {
    kind: 'usable',
    version: null,
    where: `${endpointOf(deployed.url, '6379')} (${deployed.source})`,
    ask: () => serverVersion(service, deployed),
    open: () => openers.external(deployed),
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

async function binaries(
  run: RunContext,
  service: RedisServiceConfig,
  openers: RedisOpeners,
): Promise<readonly Finding[]> {
  const remedy = 'apt-get install redis-server';
  return Promise.all(
    ['redis-server', 'valkey-server'].map(async (name): Promise<Finding> => {
      const path = onPath(name, run.options.env);
      if (path === null) return unusable(`no ${name} on PATH`, remedy);
      const program: RedisProgram = { provider: 'binary', path, libraries: [] };
      const version = await versionOf(run, program);
      if (!version.ok) return unusable(`${path} ${version.error}`, remedy);
      const place = { version: version.value, where: path };
      if (!allowed(version.value, service.version)) {
        return unusable(`${path} is ${version.value}`, pinRemedy(service), place);
      }
      return { kind: 'usable', ...place, open: () => openers.own(program) };
    }),
  );
}

async function archived(
  run: RunContext,
  service: RedisServiceConfig,
  openers: RedisOpeners,
): Promise<Finding> {
  const found = await archivedRedis(run);
  switch (found.kind) {
    case 'none':
      return unusable(found.reason, 'use Debian or Ubuntu, or one of the other providers');
    case 'unfetched':
      return {
        kind: 'usable',
        version: null,
        where: `apt would fetch it into ${found.folder} (once)`,
        open: () => openers.fetched(),
      };
    case 'fetched': {
      const place = { version: found.version, where: found.path };
      if (allowed(found.version, service.version)) {
        return { kind: 'usable', ...place, open: () => openers.fetched() };
      }
      return unusable(`the archive's Redis is ${found.version}`, pinRemedy(service), place);
    }
  }
}
