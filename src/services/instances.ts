/** Taking one instance of a service, for a lease or to be kept for several, and telling the run of it. */
import type { ServiceConfig } from '../config/index.ts';
import type { AttemptId, Result } from '../events/index.ts';
import { ok } from '../events/index.ts';
import type { RunContext } from './context.ts';
import type { ServiceFailure } from './contract.ts';
import type { Crash, Dependencies, Instance, SharedService } from './kinds.ts';

export type OpenShared = (service: ServiceConfig) => Promise<Result<SharedService, ServiceFailure>>;

export interface Taken {
  readonly service: ServiceConfig;
  readonly instance: Instance;
  /** of the part that the run shares */
  readonly sharedCrash: Promise<Crash>;
  /** somebody else started it */
  readonly deployed: boolean;
}

export interface TakeRequest {
  readonly service: ServiceConfig;
  readonly attempt: AttemptId;
  /** the lease that it is started for; null: it is kept for several */
  readonly lease: AttemptId | null;
  readonly dependencies: Dependencies;
  readonly signal: AbortSignal;
}

export async function takeInstance(
  { options }: RunContext,
  open: OpenShared,
  { service, attempt, lease, dependencies, signal }: TakeRequest,
): Promise<Result<Taken, ServiceFailure>> {
  const { emit, runId } = options;
  const { name } = service;
  const shared = await open(service);
  if (!shared.ok) return shared;
  const began = performance.now();
  const announce = service.kind === 'process' && shared.value.origin === null;
  if (announce) emit({ kind: 'service.starting', service: name, lease });
  const label = attempt.startsWith(`${runId}.`) ? attempt.slice(runId.length + 1) : attempt;
  const taken = await shared.value.lease({ attempt, label, dependencies, signal });
  if (!taken.ok) {
    if (!signal.aborted) emit({ kind: 'service.failed', ...taken.error, lease });
    return taken;
  }
  if (taken.value.origin !== null) {
    const { startMs, ...origin } = taken.value.origin;
    const ms = startMs ?? performance.now() - began;
    emit({ kind: 'service.ready', service: name, ...origin, ms, lease });
  }
  return ok({
    service,
    instance: taken.value,
    sharedCrash: shared.value.crashed,
    deployed: shared.value.origin?.provider === 'external',
  });
}
