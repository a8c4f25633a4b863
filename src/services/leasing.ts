/**
 * One lease: an instance of every service of the closure, independent ones at once, each after what it needs. The first
 * that fails ends the others. Released in the opposite order: whoever uses a service goes before it.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceConfig } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { Lease, LeaseRequest, ServiceFailure } from './contract.ts';
import { type Witness, witnessOf } from './evidence/witness.ts';
import { failed, failure, messageOf, saysPortTaken } from './failure.ts';
import { type FaultHub, openFaults } from './faults/hub.ts';
import { type OpenShared, takeInstance } from './instances.ts';
import { type Dependencies, type Instance, uncounted } from './kinds.ts';
import { type Held, type LeaseOwner, leaseOf, releaseAll } from './lease.ts';
import { type Kept$, type Stacks, scopesOf } from './stacks.ts';
import type { Templates } from './templates.ts';

export interface LeaseGround extends LeaseOwner {
  readonly templates: Templates;
  /** the closure, dependencies first */
  readonly services: readonly ServiceConfig[];
  readonly open: OpenShared;
  readonly stacks: Stacks;
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
  const scopes = scopesOf(services);
  const standing = ground.stacks.borrow();
  const kept = new Map<string, Kept$>();
  const pending = new Map<string, Held$>();
  let first: ServiceFailure | null = null;
  for (const service of services) {
    const needs = [...needsOf(service, services)];
    const scope = scopes.get(service.name) ?? 'file';
    if (scope !== 'file') {
      const runWide = needs.filter((name) => scopes.get(name) === 'run');
      const below = needs.flatMap((name) => kept.get(name) ?? []);
      kept.set(service.name, standing.keep(service, scope, below, runWide.join(' ')));
    }
    const held = hold(ground, request, faults, {
      service,
      needed: needs.flatMap((name) => pending.get(name) ?? []),
      kept: kept.get(service.name) ?? null,
      signal: abort.signal,
    }).then((result) => {
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
    await releaseAll(ground, request, faults, held, { forced: new Set(), fate: () => 'dropped' });
    standing.giveBack();
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
  return ok(leaseOf(ground, request, faults, held, standing, { ...exports, ...environment, ...own.value }));
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

interface HoldRequest {
  readonly service: ServiceConfig;
  /** of the services that it needs, also through others */
  readonly needed: readonly Held$[];
  /** kept for several leases; null: this lease's own */
  readonly kept: Kept$ | null;
  readonly signal: AbortSignal;
}

async function hold(
  { run, templates, services, open }: LeaseGround,
  request: LeaseRequest,
  faults: FaultHub | null,
  { service, needed, kept, signal }: HoldRequest,
): Promise<Result<Held, ServiceFailure>> {
  const dependencies: Held[] = [];
  for (const result of await Promise.all(needed)) {
    if (!result.ok) return result;
    dependencies.push(result.value);
  }
  const lease = request.attempt;
  const taken =
    kept === null
      ? await takeInstance(run, open, {
          service,
          attempt: request.attempt,
          lease,
          dependencies: dependenciesOf(dependencies),
          signal,
        })
      : await kept;
  if (!taken.ok) return taken;
  const { deployed, sharedCrash } = taken.value;
  const log = taken.value.instance.origin?.log ?? null;
  const instance = kept === null ? taken.value.instance : borrowed(taken.value.instance);
  const refused = async (reason: string, remedy: string): Promise<Result<Held, ServiceFailure>> => {
    await instance.release();
    const problem = failed({ service: service.name, reason, remedy });
    if (!signal.aborted) run.options.emit({ kind: 'service.failed', ...problem.error, lease });
    return problem;
  };
  const witnessed = await inTurn(service, signal, () =>
    witnessOf({
      service,
      instance,
      judged: request.needs.includes(service.name),
      deployed,
      faults,
      alone: kept === null && !services.some((other) => other.needs.includes(service.name)),
      // Where somebody else runs it, it is where it is.
      fixedPort: deployed || request.fixedPorts === 'left' ? null : service.fixedPort,
    }),
  );
  if (!witnessed.ok) {
    const remedy = `end what listens there (\`ss -ltnp\` shows it), or leave out \`fixed_port\` of "${service.name}"`;
    return refused(`its fixed port can't be had: ${witnessed.error}`, remedy);
  }
  const witness = witnessed.value;
  const own = new Map(dependencies.map((held) => [held.service.name, held.witness.inner]));
  const exports = templates.expandAll(service.exports, { own: witness.inner, services: own });
  if (!exports.ok) {
    await witness.close();
    return refused(`export.${exports.error}`, `correct it in ${run.options.config.path}`);
  }
  return ok({ service, instance, witness, sharedCrash, log, kept: kept !== null, exports: exports.value });
}

/** A port that must be this one may still be in use by a file of another run. @throws where any port would do */
async function inTurn(
  { fixedPort, readyTimeout }: ServiceConfig,
  signal: AbortSignal,
  open: () => Promise<Witness>,
): Promise<Result<Witness, string>> {
  const deadline = performance.now() + readyTimeout;
  for (;;) {
    try {
      return ok(await open());
    } catch (error) {
      if (fixedPort === null) throw error;
      const reason = messageOf(error);
      if (!saysPortTaken(reason) || signal.aborted || performance.now() >= deadline) return err(reason);
      await sleep(PORT_PAUSE);
    }
  }
}

/** ms between two tries to get a port that is in use */
const PORT_PAUSE = 50;

/** The same to its users, but neither counted for this lease nor ended with it. */
const borrowed = (instance: Instance): Instance => ({
  ...instance,
  origin: null,
  measure: uncounted,
  ...(instance.keep === undefined ? {} : { keep: async () => err(FOR_SEVERAL) }),
  release: async () => ({ forced: false, ms: 0 }),
});

const FOR_SEVERAL = 'several files use it (`scope` of a service that needs it)';

function dependenciesOf(held: readonly Held[]): Dependencies {
  return {
    fields: new Map(held.map(({ service, witness }) => [service.name, witness.inner])),
    env: Object.assign({}, ...held.map(({ exports }) => exports)),
  };
}
