/** One Redis of this run for all leases, by number or by prefix: lighter than a process each, and less apart. */
import { join } from 'node:path';
import type { RedisServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed } from '../failure.ts';
import type { Crash, SharedService } from '../kinds.ts';
import { exitText } from '../launch.ts';
import { plainVersion } from '../versions.ts';
import { databaseLeases } from './databases.ts';
import { prefixLeases } from './prefixes.ts';
import type { RedisPlace, RedisServer } from './server.ts';

export interface OneRedis {
  readonly service: RedisServiceConfig;
  readonly start: (place: RedisPlace) => Promise<Result<RedisServer, string>>;
  readonly provider: NonNullable<SharedService['origin']>['provider'];
  readonly remedy: string;
}

export async function openOne(
  run: RunContext,
  { service, start, provider, remedy }: OneRedis,
): Promise<Result<SharedService, ServiceFailure>> {
  const log = run.logPath(service.name);
  const dir = join(run.scratch(), service.name);
  // Number 0 is not handed out; one that is given back is flushed before it is free again.
  const databases = Math.max(16, 2 * run.options.leases + 2);
  const started = await start({ dir, log, timeout: service.readyTimeout, databases });
  if (!started.ok) {
    await run.ledger.removeDirectory(dir);
    return failed({ service: service.name, reason: started.error, remedy, log });
  }
  const server = started.value;
  let stopping = false;
  const crashed = new Promise<Crash>((resolve) => {
    void server.running.exited.then((exit) => {
      if (!stopping) resolve({ exit: exitText(exit), log });
    });
  });
  const stop = async () => {
    stopping = true;
    const stopped = await server.running.stop('SIGKILL', 0);
    await run.ledger.removeDirectory(dir);
    return stopped;
  };
  const endpoint = `127.0.0.1:${server.port}`;
  const version = plainVersion(server.version) ?? '0.0.0';
  const shared = { service, url: new URL(server.url), endpoint, version };
  const lease =
    service.isolation === 'acl-prefix' ? await prefixLeases(run, shared) : ok(databaseLeases(run, shared));
  if (!lease.ok) {
    await stop();
    return lease;
  }
  const { startMs } = server;
  return ok({
    origin: { provider, version: server.version, endpoint, log, startMs },
    crashed,
    lease: lease.value,
    stop,
  });
}
