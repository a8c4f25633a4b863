/**
 * The process that keeps the warm set: clusters, pools and one instance of every service, until it is told to go.
 *
 *   claim ──taken──► says by whom, ends
 *     └──► listening, starting ──► up ──down / SIGTERM──► leases released ► everything stopped ► socket closed
 *                  └──a service can't be had──► says so, everything stopped
 */
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { attemptId, type EventFact, err, fileId, newRunId, ok, type Result } from '../../events/index.ts';
import type { Lease, ServiceFailure, ServicesOptions } from '../contract.ts';
import { failed } from '../failure.ts';
import { createHost, type Host } from '../host.ts';
import { once } from '../once.ts';
import { claim, type OwnerRecord, ownershipOf } from './claim.ts';
import { keyOf } from './key.ts';
import { secretSeed } from './place.ts';
import type { ServiceKey, WarmService, WarmStatus } from './protocol.ts';
import { serve } from './serve.ts';

export interface OwnerOptions extends Pick<ServicesOptions, 'config' | 'environment' | 'env' | 'cacheDir'> {
  /** of the warm set, see `place.ts` */
  readonly folder: string;
  readonly onFact: (fact: EventFact) => void;
}

export type OwnerStart =
  | { readonly kind: 'up'; readonly status: WarmStatus; readonly ended: Promise<readonly string[]> }
  | { readonly kind: 'taken'; readonly owner: OwnerRecord | null }
  | { readonly kind: 'failed'; readonly failure: ServiceFailure };

export async function ownWarmSet(options: OwnerOptions): Promise<OwnerStart> {
  const { config, folder } = options;
  const id = newRunId();
  const runDir = join(folder, id);
  const services = [...config.services.values()];
  const facts = new ServiceFacts(services.map(({ name, kind }) => ({ service: name, kind })));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const host = createHost({
    ...options,
    runId: id,
    runDir,
    emit: (fact) => {
      facts.take(fact);
      options.onFact(fact);
    },
    leases: availableParallelism() + 2,
    secretSeed: secretSeed(folder),
    warm: 'refused',
  });
  const socket = join(host.run.scratch(), 'warm.sock');
  const claimed = claim(folder, { socket, runDir });
  if (claimed === null) {
    await host.stop();
    const now = ownershipOf(folder);
    return { kind: 'taken', owner: now.kind === 'none' ? null : now.record };
  }
  for (const old of readdirSync(folder)) {
    if (/^\d{8}-\d{6}-/.test(old) && old !== id) rmSync(join(folder, old), { recursive: true, force: true });
  }

  const server = createServer({ allowHalfOpen: false });
  let stack: Lease | null = null;
  const startedAt = new Date().toISOString();
  const keys = new Map<string, ServiceKey>();
  const down = once(async (): Promise<readonly string[]> => {
    const { leftovers } = await host.stop();
    claimed.down();
    return leftovers;
  });
  const serving = serve({
    server,
    host,
    config,
    keys,
    down,
    status: (users) => ({
      state: stack === null ? 'starting' : 'up',
      pid: process.pid,
      startedAt,
      environment: options.environment.name,
      services: facts.services(users.counts),
      env: stack?.env ?? {},
      shown: masked(stack?.env ?? {}, host.templates.secrets()),
      users: users.runs,
      logs: join(runDir, 'services'),
    }),
  });
  await listening(server, socket);
  const started = await begin(host, options, keys);
  if (!started.ok) {
    await down();
    server.close();
    return { kind: 'failed', failure: started.error };
  }
  stack = started.value;
  return { kind: 'up', status: serving.status(), ended: serving.ended };
}

async function begin(
  host: Host,
  { config, environment }: OwnerOptions,
  keys: Map<string, ServiceKey>,
): Promise<Result<Lease, ServiceFailure>> {
  // Before anything starts: what changes meanwhile makes the set stale, not wrong.
  for (const service of config.services.values()) {
    const key = await keyOf(service, config, environment);
    if (!key.ok) return key;
    keys.set(service.name, key.value);
  }
  const needs = [...config.services.keys()];
  if (needs.length === 0) {
    return failed({
      service: 'services',
      reason: 'the registry has none',
      remedy: `add some to ${config.path}`,
    });
  }
  const started = await host.start(needs);
  if (!started.ok) return err(started.error);
  const attempt = attemptId(host.run.options.runId, 0, 1);
  const leased = await host.lease({
    attempt,
    file: fileId('services'),
    needs,
    env: {},
    faults: 'none',
    // They are for the files of runs, one at a time.
    fixedPorts: 'left',
  });
  return leased.ok ? ok(leased.value) : err(leased.error);
}

/** Only its user may connect. */
async function listening(server: Server, socket: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
}

/** The services' own facts, folded into what is so now. */
class ServiceFacts {
  readonly #services = new Map<string, WarmService>();

  constructor(services: readonly Pick<WarmService, 'service' | 'kind'>[]) {
    for (const one of services) {
      this.#services.set(one.service, {
        ...one,
        state: 'starting',
        provider: null,
        version: null,
        endpoint: null,
        exit: null,
        leases: 0,
      });
    }
  }

  take(fact: EventFact): void {
    if (fact.kind === 'service.ready') {
      // What runs lease is not what stays.
      if (fact.lease !== null && !fact.lease.endsWith('.0.1')) return;
      const { provider, version, endpoint } = fact;
      this.#set(fact.service, { state: 'ready', provider, version, endpoint, exit: null });
    } else if (fact.kind === 'service.crashed') {
      if (fact.lease === null || fact.lease.endsWith('.0.1')) {
        this.#set(fact.service, { state: 'crashed', exit: fact.exit });
      }
    }
  }

  services(leases: ReadonlyMap<string, number>): readonly WarmService[] {
    return [...this.#services.values()].map((one) => ({ ...one, leases: leases.get(one.service) ?? 0 }));
  }

  #set(service: string, change: Partial<WarmService>): void {
    const known = this.#services.get(service);
    if (known !== undefined) this.#services.set(service, { ...known, ...change });
  }
}

const MASK = '••••';

/** Secrets of the set wherever they stand, and the password of every URL. */
function masked(
  env: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      const plain = secrets.reduce((text, secret) => text.replaceAll(secret, MASK), value);
      return [name, plain.replace(/(:\/\/[^:@/]*:)[^@/]+@/, `$1${MASK}@`)];
    }),
  );
}
