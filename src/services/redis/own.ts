/** Redis servers of this run: one a lease, a few started ahead, all killed when they are given back. */
import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed } from '../failure.ts';
import type { Crash, SharedService } from '../kinds.ts';
import { never, uncounted } from '../kinds.ts';
import { exitText } from '../launch.ts';
import { forgetCounts, measureRedis } from './measure.ts';
import { openOne } from './one.ts';
import type { RedisAddress } from './resp.ts';
import type { RedisServer, RedisSource } from './server.ts';

interface Warm {
  readonly server: RedisServer;
  readonly log: string;
  dead: boolean;
}

export async function openOwn(
  run: RunContext,
  service: RedisServiceConfig,
  source: RedisSource,
): Promise<Result<SharedService, ServiceFailure>> {
  const remedy = `${source.remedy}, or set ${service.urlEnv}`;
  if (service.isolation === 'database' || service.isolation === 'acl-prefix') {
    const { provider, start } = source;
    return openOne(run, { service, start, provider, remedy });
  }
  const ahead = run.options.leases + 1;
  const warm: Promise<Result<Warm, string>>[] = [];
  let number = 0;
  let closed = false;

  const start = async (): Promise<Result<Warm, string>> => {
    number += 1;
    const log = run.logPath(`${service.name}.warm-${number}`);
    const place = {
      dir: join(run.scratch(), `${service.name}-${number}`),
      log,
      timeout: service.readyTimeout,
      open: service.fixedPort !== null,
    };
    const started = await source.start(place);
    if (!started.ok) {
      await run.ledger.removeDirectory(place.dir);
      return err(`${started.error}; its log is ${log}`);
    }
    const process: Warm = { server: started.value, log, dead: false };
    // One that died at once is found out when it is taken.
    await forgetCounts(addressOf(process.server)).catch(() => {});
    void started.value.running.exited.then(() => {
      process.dead = true;
    });
    return ok(process);
  };
  const refill = (): void => {
    while (!closed && warm.length < ahead) warm.push(start());
  };
  const discard = async ({ server }: Warm) => {
    const stopped = await server.running.stop('SIGKILL', 0);
    await run.ledger.removeDirectory(server.dir);
    return stopped;
  };
  /** One that died while it was waiting is passed over. */
  const take = async (): Promise<Result<Warm, string>> => {
    for (let tries = 0; ; tries += 1) {
      const next = await (warm.shift() ?? start());
      refill();
      if (!next.ok || !next.value.dead) return next;
      await discard(next.value);
      if (tries >= ahead) return err('every process of it dies by itself');
    }
  };

  const fail = (reason: string) =>
    failed({
      service: service.name,
      reason,
      remedy,
    });

  const first = await start();
  if (!first.ok) return fail(first.error);
  // The others when the first is taken: until then every processor has something better to do.
  warm.push(Promise.resolve(first));

  return ok({
    origin: {
      provider: source.provider,
      version: first.value.server.version,
      endpoint: `127.0.0.1:${first.value.server.port}`,
      log: null,
      startMs: first.value.server.startMs,
    },
    crashed: never(),
    lease: async (request) => {
      const taken = await take();
      if (!taken.ok) return fail(taken.error);
      const { server } = taken.value;
      const log = run.logPath(`${service.name}.${request.label}`);
      renameSync(taken.value.log, log);
      let releasing = false;
      const crashed = new Promise<Crash>((resolve) => {
        void server.running.exited.then((exit) => {
          if (!releasing) resolve({ exit: exitText(exit), log });
        });
      });
      return ok({
        fields: { url: server.url, host: '127.0.0.1', port: String(server.port) },
        origin: {
          provider: source.provider,
          version: server.version,
          endpoint: `127.0.0.1:${server.port}`,
          log,
          startMs: server.startMs,
        },
        crashed,
        measure: () => (run.signal.aborted ? uncounted() : measureRedis(addressOf(server))),
        release: () => {
          releasing = true;
          return discard(taken.value);
        },
      });
    },
    stop: async () => {
      closed = true;
      const began = performance.now();
      await Promise.all(
        warm.splice(0).map(async (process) => {
          const result = await process;
          if (!result.ok) return;
          await discard(result.value);
          // Nobody used it: its log tells nothing.
          await rm(result.value.log, { force: true });
        }),
      );
      return { forced: false, ms: performance.now() - began };
    },
  });
}

const addressOf = ({ url, port }: RedisServer): RedisAddress => ({
  host: '127.0.0.1',
  port,
  tls: false,
  username: '',
  password: new URL(url).password,
});
