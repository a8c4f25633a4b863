/** Where a Redis comes from: deployed already, else a program on PATH, else the distribution's package, fetched once. */
import type { RedisServiceConfig } from '../../config/index.ts';
import type { Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { deployedUrl } from '../deployed.ts';
import { failed } from '../failure.ts';
import type { SharedService } from '../kinds.ts';
import { onPath } from '../programs.ts';
import type { Templates } from '../templates.ts';
import { allowed } from '../versions.ts';
import { openExternal } from './external.ts';
import { fetchRedis, versionOf } from './fetch.ts';
import { openOwn } from './own.ts';
import type { RedisProgram } from './server.ts';

export async function openRedis(
  run: RunContext,
  service: RedisServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok) {
    return failed({
      service: service.name,
      reason: deployed.error,
      remedy: 'set it, or unset what names it',
    });
  }
  if (deployed.value !== null) return openExternal(run, service, deployed.value);

  const why: string[] = [`external: ${service.urlEnv} is not set`];
  for (const name of ['redis-server', 'valkey-server']) {
    const path = onPath(name, run.options.env);
    if (path === null) {
      why.push(`binary: no ${name} on PATH`);
      continue;
    }
    const program: RedisProgram = { provider: 'binary', path, libraries: [] };
    const version = await versionOf(run, program);
    if (version.ok && allowed(version.value, service.version)) return openOwn(run, service, program);
    why.push(`binary: ${path} ${version.ok ? `is ${version.value}` : version.error}`);
  }
  const fetched = await fetchRedis(run, service.version);
  if (fetched.ok) return openOwn(run, service, fetched.value);
  why.push(`package: ${fetched.error}`);
  const wanted = service.version === null ? '' : ` ${service.version}`;
  return failed({
    service: service.name,
    reason: `no Redis${wanted} could be had (${why.join('; ')})`,
    remedy: `apt-get install redis-server, or ${service.urlEnv}=redis://127.0.0.1:6379`,
  });
}
