/**
 * Stores that several runs of one process use in turn: a cluster with its template and its clones made ahead, a Redis program
 * with its processes. Each has a host of its own, so that one that is made of something else now (its settings, the
 * environment, its migrations) is replaced as a whole; what the tests made in it goes with their leases.
 *
 *   not up ──use──► up ──use──► up …
 *                    └──dies, or something else is wanted: the next use──► stopped ► started
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EventFact, newRunId, ok, type Result, RUN_ID } from '../events/index.ts';
import type { ServiceFailure, ServicesOptions, StandingStores, StoreConfig } from './contract.ts';
import { createHost, type Host } from './host.ts';
import type { Crash, SharedService } from './kinds.ts';
import { listen } from './listen.ts';
import { once } from './once.ts';
import { difference, keyOf } from './supervisor/key.ts';
import type { ServiceKey } from './supervisor/protocol.ts';

export interface StandingOptions {
  /** absolute; their logs go to `<folder>/services/` and outlive them */
  readonly folder: string;
  /** how many leases of each may exist at once, at least 1 */
  readonly leases: number;
}

interface Store {
  readonly host: Host;
  readonly key: ServiceKey;
  readonly shared: SharedService;
  state: 'up' | 'dead';
}

export function standingStores({ folder, leases }: StandingOptions): StandingStores {
  const stores = new Map<string, Store>();
  const secretSeed = randomBytes(16).toString('hex');
  const leftovers: string[] = [];
  let user: ServicesOptions | null = null;

  /** A run tells of its services itself; what there is to know besides goes to the one that uses them. */
  const tell = (fact: EventFact): void => {
    if (fact.kind === 'warning') user?.emit(fact);
  };

  const start = async (
    service: StoreConfig,
    key: ServiceKey,
    run: ServicesOptions,
  ): Promise<Result<Store, ServiceFailure>> => {
    const { config, environment, env, cacheDir, providers, warm, mask } = run;
    const host = createHost({
      config,
      environment,
      env,
      runId: newRunId(),
      runDir: folder,
      emit: tell,
      leases,
      secretSeed,
      ...(cacheDir === undefined ? {} : { cacheDir }),
      ...(providers === undefined ? {} : { providers }),
      ...(warm === undefined ? {} : { warm }),
      ...(mask === undefined ? {} : { mask }),
    });
    const shared = await host.shared(service);
    if (!shared.ok) {
      leftovers.push(...(await host.stop()).leftovers);
      return shared;
    }
    const store: Store = { host, key, shared: shared.value, state: 'up' };
    listen(shared.value.crashed, () => {
      store.state = 'dead';
    });
    return ok(store);
  };

  const end = async (name: string): Promise<void> => {
    const store = stores.get(name);
    stores.delete(name);
    if (store !== undefined) leftovers.push(...(await store.host.stop()).leftovers);
  };

  return {
    secretSeed,
    async use(service, run) {
      user = run;
      forgetOld(join(folder, 'services'), dirname(run.runDir));
      const { name } = service;
      const key = await keyOf(service, run.config, run.environment);
      if (!key.ok) return key;
      const known = stores.get(name);
      if (known?.state === 'up' && difference(name, known.key, key.value).kind === 'none')
        return ok(usedBy(run, known.shared, 'before'));
      await end(name);
      const started = await start(service, key.value, run);
      if (!started.ok) return started;
      stores.set(name, started.value);
      return ok(usedBy(run, started.value.shared, 'just now'));
    },
    logs: () => filesIn(join(folder, 'services')),
    stop: once(async () => {
      await Promise.all([...stores.keys()].map(end));
      return leftovers;
    }),
  };
}

/** What ends with the run is its use alone. Labels are told apart by the run: attempts of two may have the same. */
function usedBy(run: ServicesOptions, shared: SharedService, started: 'before' | 'just now'): SharedService {
  let leave = (): void => {};
  const crashed = new Promise<Crash>((resolve) => {
    leave = listen(shared.crashed, resolve);
  });
  const { origin } = shared;
  return {
    origin: origin === null || started === 'just now' ? origin : { ...origin, startMs: 0 },
    crashed,
    lease: (request) => shared.lease({ ...request, label: `${run.runId}.${request.label}` }),
    stop: async () => {
      leave();
      return { forced: false, ms: 0 };
    },
  };
}

const RUN_OF_LOG = new RegExp(`\\.(${RUN_ID})\\.[^/]*$`);

/** Logs of leases go when the runs that they were for have gone. @param runs absolute: where runs have their folders */
function forgetOld(folder: string, runs: string): void {
  for (const log of filesIn(folder)) {
    const run = RUN_OF_LOG.exec(log)?.[1];
    if (run !== undefined && !existsSync(join(runs, run))) rmSync(log, { force: true });
  }
}

const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(folder, name));
  } catch {
    return []; // none has written one yet
  }
};
