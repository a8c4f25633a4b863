/** The door of Redis: which candidate is taken. */
import type { RedisServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { deployedUrl } from '../deployed.ts';
import { failed } from '../failure.ts';
import type { SharedService } from '../kinds.ts';
import { type Choice, openedAs, openFirst } from '../providers.ts';
import type { Templates } from '../templates.ts';
import { redisCandidates } from './candidates.ts';
import { openExternal } from './external.ts';
import { openOwn } from './own.ts';

export async function openRedis(
  run: RunContext,
  service: RedisServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  const choice = redisChoice(run, service, templates);
  return choice.ok ? openFirst(choice.value) : choice;
}

export function redisChoice(
  run: RunContext,
  service: RedisServiceConfig,
  templates: Templates,
): Result<Choice, ServiceFailure> {
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok) {
    return failed({
      service: service.name,
      reason: deployed.error,
      remedy: 'set it, or unset what names it',
    });
  }
  return ok({
    service,
    wanted: service.version === null ? 'Redis' : `Redis ${service.version}`,
    forced: run.options.providers?.get(service.name) ?? null,
    remedy: `apt-get install redis-server, or ${service.urlEnv}=redis://127.0.0.1:6379`,
    candidates: redisCandidates(run, service, deployed.value, {
      external: async (url) => openedAs(await openExternal(run, service, url)),
      own: async (source) => openedAs(await openOwn(run, service, source)),
    }),
  });
}
