/**
 * One lease: an instance of every service of the closure, independent ones at once, each after what it needs. The first
 * that fails ends the others. Released in the opposite order: whoever uses a service goes before it.
 */
import { setMaxListeners } from 'node:events';
import type { ServiceConfig } from '../config/index.ts';
import { err, ok, type Result, type ServiceEvidence } from '../events/index.ts';
import type { RunContext } from './context.ts';
import type { Lease, LeaseRequest, ServiceFailure } from './contract.ts';
import { type Witness, witnessOf } from './evidence/witness.ts';
import { failed, failure } from './failure.ts';
import { type FaultHub, openFaults } from './faults/hub.ts';
import type { Crash, Dependencies, Fields, Instance, SharedService } from './kinds.ts';
import type { Templates } from './templates.ts';

export interface LeaseGround {
  readonly run: RunContext;
  readonly templates: Templates;
  /** the closure, dependencies first */
  readonly services: readonly ServiceConfig[];
  readonly open: (service: ServiceConfig) => Promise<Result<SharedService, ServiceFailure>>;
  readonly onRelease: (lease: Lease) => void;
}

/** A service of the lease, once it is there. */
interface Held {
  readonly service: ServiceConfig;
  readonly instance: Instance;
  /** how the tests' own traffic to it is told */
  readonly witness: Witness;
  /** of the part that the run shares */
  readonly sharedCrash: Promise<Crash>;
  /** as other services see it */
  readonly exports: Readonly<Record<string, string>>;
}

type Held$ = Promise<Result<Held, ServiceFailure>>;

export async function grantLease(
  ground: LeaseGround,
  request: LeaseRequest,
): Promise<Result<Lease, ServiceFailure>> {
  const { run, templates, services } = ground;
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const onStop = (): void => abort.abort();
  run.signal.addEventListener('abort', onStop, { once: true });
  if (run.signal.aborted) abort.abort();

  const faults = request.faults === 'none' ? null : await openFaults();
  const pending = new Map<string, Held$>();
  let first: ServiceFailure | null = null;
  for (const service of services) {
    const needed = [...needsOf(service, services)].flatMap((name) => pending.get(name) ?? []);
    const held = hold(ground, request, faults, service, needed, abort.signal).then((result) => {
      if (!result.ok) {
        first ??= result.error;
        abort.abort();
      }
      return result;
    });
    pending.set(service.name, held);
  }
  const results = await Promise.all(pending.values());
  run.signal.removeEventListener('abort', onStop);
  const held = results.flatMap((result) => (result.ok ? [result.value] : []));
  const giveUp = async (error: ServiceFailure): Promise<Result<Lease, ServiceFailure>> => {
    await releaseAll(ground, request, faults, held, new Set());
    return err(error);
  };
  if (first !== null) return giveUp(first);

  const environment = templates.environment.ok ? templates.environment.value : {};
  const fields = new Map(held.map(({ service, witness }) => [service.name, witness.fields]));
  const exports: Record<string, string> = {};
  for (const { service, witness } of held) {
    // They could be expanded for the services: with the tests' addresses they can be as well.
    const expanded = templates.expandAll(service.exports, { own: witness.fields, services: fields });
    if (expanded.ok) Object.assign(exports, expanded.value);
  }
  const own = templates.expandAll(request.env, { services: fields });
  if (!own.ok) {
    return giveUp(
      failure({
        service: services.at(-1)?.name ?? 'services',
        reason: `variables of the suite of ${request.file}: ${own.error}`,
        remedy: `correct it in ${run.options.config.path}`,
      }),
    );
  }
  if (faults !== null) exports.RUNNER_FAULTS_URL = faults.url;
  return ok(leaseOf(ground, request, faults, held, { ...exports, ...environment, ...own.value }));
}

/** Everything that a service needs, also through others. */
function needsOf(service: ServiceConfig, services: readonly ServiceConfig[]): Set<string> {
  const found = new Set<string>();
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      if (found.has(name)) continue;
      found.add(name);
      visit(services.find((other) => other.name === name)?.needs ?? []);
    }
  };
  visit(service.needs);
  return found;
}

async function hold(
  { run, templates, services, open }: LeaseGround,
  request: LeaseRequest,
  faults: FaultHub | null,
  service: ServiceConfig,
  needed: readonly Held$[],
  signal: AbortSignal,
): Promise<Result<Held, ServiceFailure>> {
  const { emit, runId } = run.options;
  const dependencies = await Promise.all(needed);
  const missing = dependencies.find((result) => !result.ok);
  if (missing !== undefined && !missing.ok) return missing;
  const shared = await open(service);
  if (!shared.ok) return shared;
  const announce = service.kind === 'process' && shared.value.origin === null;
  const lease = request.attempt;
  const began = performance.now();
  if (announce) emit({ kind: 'service.starting', service: service.name, lease });
  const taken = await shared.value.lease({
    attempt: request.attempt,
    label: request.attempt.startsWith(`${runId}.`)
      ? request.attempt.slice(runId.length + 1)
      : request.attempt,
    dependencies: dependenciesOf(dependencies.flatMap((result) => (result.ok ? [result.value] : []))),
    signal,
  });
  if (!taken.ok) {
    if (!signal.aborted) emit({ kind: 'service.failed', ...taken.error, lease });
    return taken;
  }
  const instance = taken.value;
  const witness = await witnessOf({
    service,
    instance,
    judged: request.needs.includes(service.name),
    deployed: shared.value.origin?.provider === 'external',
    faults,
    users: services.filter((other) => other.needs.includes(service.name)).map(({ name }) => name),
  });
  const own = new Map<string, Fields>();
  for (const result of dependencies)
    if (result.ok) own.set(result.value.service.name, result.value.witness.inner);
  const exports = templates.expandAll(service.exports, { own: witness.inner, services: own });
  if (!exports.ok) {
    await witness.close();
    await instance.release();
    const problem = failed({
      service: service.name,
      reason: `export.${exports.error}`,
      remedy: `correct it in ${run.options.config.path}`,
    });
    if (!signal.aborted) emit({ kind: 'service.failed', ...problem.error, lease });
    return problem;
  }
  if (instance.origin !== null) {
    const { startMs, ...origin } = instance.origin;
    const ms = startMs ?? performance.now() - began;
    emit({ kind: 'service.ready', service: service.name, ...origin, ms, lease });
  }
  return ok({ service, instance, witness, sharedCrash: shared.value.crashed, exports: exports.value });
}

function dependenciesOf(held: readonly Held[]): Dependencies {
  return {
    fields: new Map(held.map(({ service, witness }) => [service.name, witness.inner])),
    env: Object.assign({}, ...held.map(({ exports }) => exports)),
  };
}

function leaseOf(
  ground: LeaseGround,
  request: LeaseRequest,
  faults: FaultHub | null,
  held: readonly Held[],
  env: Readonly<Record<string, string>>,
): Lease {
  let released: Promise<readonly ServiceEvidence[]> | null = null;
  const forced = new Set<string>();
  const crashed = new Promise<ServiceFailure>((resolve) => {
    const watch = ({ name }: ServiceConfig, died: Promise<Crash>, whose: 'own' | 'shared'): void => {
      void died.then((crash) => {
        if (released !== null) return;
        const found = crashFailure(name, crash);
        if (whose === 'own') {
          const { exit, log } = crash;
          const { logTail } = found;
          ground.run.options.emit({
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
    };
    for (const { service, instance, sharedCrash } of held) {
      watch(service, instance.crashed, 'own');
      watch(service, sharedCrash, 'shared');
    }
  });
  const lease: Lease = {
    attempt: request.attempt,
    env,
    services: held.map(({ service }) => service.name),
    logs: held.flatMap(({ service, instance }) => {
      const path = instance.origin?.log;
      return path === undefined || path === null ? [] : [{ service: service.name, path }];
    }),
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
      await lease.release();
      return strict.flatMap(({ service }) => (forced.has(service.name) ? [service.name] : []));
    },
    release: () => {
      released ??= releaseAll(ground, request, faults, held, forced).finally(() => ground.onRelease(lease));
      return released;
    },
  };
  return lease;
}

const crashFailure = (service: string, { exit, log }: Crash): ServiceFailure =>
  failure({
    service,
    reason: `it died while tests used it (${exit})`,
    remedy: log === null ? 'see why it ended' : `its log says why: ${log}`,
    log,
  });

/** Dependants first; those that don't know each other at once. */
async function releaseAll(
  { run }: LeaseGround,
  request: LeaseRequest,
  faults: FaultHub | null,
  held: readonly Held[],
  /** filled with the services that had to be killed */
  killed: Set<string>,
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
      const { ms, forced } = await instance.release();
      if (forced) killed.add(service.name);
      if (instance.origin === null) return evidence;
      run.options.emit({
        kind: 'service.stopped',
        service: service.name,
        ms,
        forced,
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
