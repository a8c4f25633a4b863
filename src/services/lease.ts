/**
 * A lease that was granted: told when a service of it dies, and released once.
 * Dependants are released first; those that don't know each other at once.
 */
import type { ServiceConfig } from '../config/index.ts';
import type { ServiceEvidence } from '../events/index.ts';
import type { RunContext } from './context.ts';
import type { DatabaseFate, Lease, LeaseLog, LeaseRequest, ServiceFailure } from './contract.ts';
import type { Witness } from './evidence/witness.ts';
import { failure } from './failure.ts';
import type { FaultHub } from './faults/hub.ts';
import type { Crash, Instance } from './kinds.ts';
import { listen } from './listen.ts';
import type { Borrowed } from './stacks.ts';

export interface LeaseOwner {
  readonly run: RunContext;
  readonly onRelease: (lease: Lease) => void;
}

/** A service of the lease, once it is there. */
export interface Held {
  readonly service: ServiceConfig;
  readonly instance: Instance;
  /** how the tests' own traffic to it is told */
  readonly witness: Witness;
  /** of the part that the run shares */
  readonly sharedCrash: Promise<Crash>;
  /** absolute path; null where it has none of its own */
  readonly log: string | null;
  /** for other leases as well */
  readonly kept: boolean;
  /** as other services see it */
  readonly exports: Readonly<Record<string, string>>;
}

export function leaseOf(
  owner: LeaseOwner,
  request: LeaseRequest,
  faults: FaultHub | null,
  held: readonly Held[],
  standing: Borrowed,
  env: Readonly<Record<string, string>>,
): Lease {
  let released: Promise<readonly ServiceEvidence[]> | null = null;
  const forced = new Set<string>();
  const forget: (() => void)[] = [];
  const crashed = new Promise<ServiceFailure>((resolve) => {
    const watch = ({ name }: ServiceConfig, died: Promise<Crash>, whose: 'own' | 'shared'): void => {
      const stop = listen(died, (crash) => {
        if (released !== null) return;
        const found = crashFailure(name, crash);
        if (whose === 'own') {
          const { exit, log } = crash;
          const { logTail } = found;
          owner.run.options.emit({
            kind: 'service.crashed',
            service: name,
            exit,
            lease: request.attempt,
            log,
            logTail,
          });
        }
        resolve(found);
      });
      forget.push(stop);
    };
    for (const { service, instance, kept, sharedCrash } of held) {
      watch(service, instance.crashed, kept ? 'shared' : 'own');
      watch(service, sharedCrash, 'shared');
    }
  });
  /** @param fate asked when the services that use the databases are gone */
  const release = (fate: () => DatabaseFate): Promise<readonly ServiceEvidence[]> => {
    released ??= releaseAll(owner, request, faults, held, { forced, fate }).finally(() => {
      for (const stop of forget) stop();
      standing.giveBack();
      owner.onRelease(lease);
    });
    return released;
  };
  const lease: Lease = {
    attempt: request.attempt,
    env,
    services: held.map(({ service }) => service.name),
    logs: held.flatMap(logsOf),
    crashed,
    ownTraffic: () =>
      Promise.all(
        held
          .filter(({ service }) => request.needs.includes(service.name))
          .map(async ({ service, witness }) => ({ service: service.name, own: await witness.own() })),
      ),
    killed: async () => {
      const strict = held.filter(({ service }) => service.kind === 'process' && service.enforceGracefulStop);
      if (strict.length === 0) return [];
      const outlived = (): readonly string[] =>
        strict.flatMap(({ service }) => (forced.has(service.name) ? [service.name] : []));
      // Asked of a file that has passed: it fails by this alone.
      await release(() => (outlived().length > 0 ? 'kept' : 'dropped'));
      return outlived();
    },
    release: (databases = 'dropped') => release(() => databases),
  };
  return lease;
}

function logsOf({ service: { name }, instance: { sharedLog }, log, kept }: Held): LeaseLog[] {
  if (log !== null) return [{ service: name, path: log, by: { kind: kept ? 'time' : 'own' } }];
  if (sharedLog === undefined) return [];
  const { path, name: line } = sharedLog;
  return [{ service: name, path, by: { kind: 'named', name: line } }];
}

const crashFailure = (service: string, { exit, log }: Crash): ServiceFailure =>
  failure({
    service,
    reason: `it died while tests used it (${exit})`,
    remedy: log === null ? 'see why it ended' : `its log says why: ${log}`,
    log,
  });

export interface Releasing {
  /** filled with the services that had to be killed */
  readonly forced: Set<string>;
  readonly fate: () => DatabaseFate;
}

/** Dependants first; those that don't know each other at once. */
export async function releaseAll(
  { run }: Pick<LeaseOwner, 'run'>,
  request: LeaseRequest,
  faults: FaultHub | null,
  held: readonly Held[],
  { forced, fate }: Releasing,
): Promise<readonly ServiceEvidence[]> {
  await faults?.reset();
  const gone = new Map<string, Promise<ServiceEvidence>>();
  for (const { service, instance, witness } of [...held].reverse()) {
    const users = held.filter((other) => other.service.needs.includes(service.name));
    const usersGone = users.map((user) => gone.get(user.service.name));
    const release = async (): Promise<ServiceEvidence> => {
      const declared = request.needs.includes(service.name);
      const own = declared ? await witness.own() : null;
      await Promise.all(usersGone);
      await witness.close();
      const evidence = { service: service.name, declared, own, total: await witness.total() };
      if (run.keeper !== null && fate() === 'kept') await run.keeper.keep(service.name, instance, request);
      const { ms, forced: byForce } = await instance.release();
      if (byForce) forced.add(service.name);
      if (instance.origin === null) return evidence;
      run.options.emit({
        kind: 'service.stopped',
        service: service.name,
        ms,
        forced: byForce,
        lease: request.attempt,
      });
      return evidence;
    };
    gone.set(service.name, release());
  }
  const evidence = (await Promise.all(gone.values())).reverse();
  await faults?.close();
  return evidence;
}
