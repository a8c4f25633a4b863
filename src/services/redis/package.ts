/** The provider `package`: the Redis of the distribution's archive, fetched into the cache when it is opened. */
import type { RedisServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import { type Candidate, type Finding, type Opened, pinRemedy, unusable } from '../providers.ts';
import { allowed } from '../versions.ts';
import { archivedRedis, fetchRedis } from './fetch.ts';
import type { RedisProgram } from './server.ts';

export const packageRedis = (
  run: RunContext,
  service: RedisServiceConfig,
  open: (program: RedisProgram) => Promise<Opened>,
): Candidate => ({
  provider: 'package',
  find: async () => [await finding(run, service, open)],
});

async function finding(
  run: RunContext,
  service: RedisServiceConfig,
  open: (program: RedisProgram) => Promise<Opened>,
): Promise<Finding> {
  const openFetched = async (): Promise<Opened> => {
    const fetched = await fetchRedis(run, service.version);
    return fetched.ok ? open(fetched.value) : { kind: 'not-had', reason: fetched.error };
  };
  const found = await archivedRedis(run);
  switch (found.kind) {
    case 'none':
      return unusable(found.reason, 'use Debian or Ubuntu, or one of the other providers');
    case 'unfetched':
      return {
        kind: 'usable',
        version: null,
        where: `apt would fetch it into ${found.folder} (once)`,
        open: openFetched,
      };
    case 'fetched': {
      const { version, program } = found;
      const place = { version, where: program.path };
      // It has just answered: it is not asked again.
      if (allowed(version, service.version)) return { kind: 'usable', ...place, open: () => open(program) };
      return unusable(`the archive's Redis is ${found.version}`, pinRemedy(service), place);
    }
  }
}
