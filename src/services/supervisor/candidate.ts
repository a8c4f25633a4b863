/** The provider `warm`. What talks to an owner is loaded where there is one: most runs have none. */
import type { PostgresServiceConfig, RedisServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import { type Candidate, type Finding, unusable } from '../providers.ts';
import { ownershipOf } from './claim.ts';
import { warmFolder } from './place.ts';

type StoreConfig = PostgresServiceConfig | RedisServiceConfig;

export const warmCandidate = (run: RunContext, service: StoreConfig): Candidate => ({
  provider: 'warm',
  find: async () => [await find(run, service)],
});

async function find(run: RunContext, service: StoreConfig): Promise<Finding> {
  const { options } = run;
  if (options.warm === 'refused') return unusable('it was refused', 'leave --no-warm out');
  const folder = warmFolder(options);
  const owner = folder === null ? null : ownershipOf(folder);
  if (owner === null || owner.kind === 'none') return unusable('no warm set is up', 'runner services up');
  if (owner.kind === 'died') return unusable('the owner of the warm set died', 'runner services up');
  const { findWarm } = await import('./warm.ts');
  return findWarm(run, service, owner.record.socket);
}
