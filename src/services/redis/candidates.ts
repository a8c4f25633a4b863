/** Where a Redis may come from, in the order in which they are tried; each provider is a file of its own. */
import type { RedisServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import type { Deployed } from '../deployed.ts';
import type { Candidate, Opened } from '../providers.ts';
import { warmCandidate } from '../supervisor/candidate.ts';
import { binaryRedis } from './binary.ts';
import { dockerRedis } from './docker.ts';
import { externalRedis } from './external.ts';
import { packageRedis } from './package.ts';
import { type RedisProgram, type RedisSource, startedFrom } from './server.ts';

export interface RedisOpeners {
  external(deployed: Deployed): Promise<Opened>;
  own(source: RedisSource): Promise<Opened>;
}

export function redisCandidates(
  run: RunContext,
  service: RedisServiceConfig,
  deployed: Deployed | null,
  openers: RedisOpeners,
): readonly Candidate[] {
  const open = (program: RedisProgram): Promise<Opened> => openers.own(startedFrom(run, program));
  return [
    externalRedis(service, deployed, openers.external),
    warmCandidate(run, service),
    binaryRedis(run, service, open),
    packageRedis(run, service, open),
    dockerRedis(run, service, openers.own),
  ];
}
