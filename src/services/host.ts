/**
 * The host: what the run shares is opened once, and again after a crash; each lease puts its own instances on top.
 *
 *   service:  not opened ──► opening ──► open ──dies──► crashed ──next lease──► opening (3 times at most)
 *                               └──► failed (for the whole run)
 *   host:     open ──stop()──► stopping: in-flight work aborted ► leases released ► shared parts stopped ► ledger settled
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceConfig } from '../config/index.ts';
import { err, ok, type Result, unreachable } from '../events/index.ts';
import { findMarked, killed } from '../processes/index.ts';
import { createContext, type RunContext } from './context.ts';
import type { Lease, LeaseRequest, ServiceFailure, ServiceHost, ServicesOptions } from './contract.ts';
import { deployedUrl } from './deployed.ts';
import { failed, failure, stopped } from './failure.ts';
import { closure } from './graph.ts';
import { type Crash, RESTARTS, type SharedService } from './kinds.ts';
import { grantLease, type LeaseGround } from './leasing.ts';
import { openPostgres } from './postgres/index.ts';
import { openProcess } from './process/index.ts';
import { openRedis } from './redis/index.ts';
import { Stacks } from './stacks.ts';
import { sweepDeadRuns } from './sweep.ts';
import { createTemplates, type Templates } from './templates.ts';

const PATIENCE = 10_000;

export const createServices = (options: ServicesOptions): ServiceHost => createHost(options);

/** For inside of this room: a host whose shared parts can be handed on. */
export function createHost(options: ServicesOptions): Host {
  const abort = new AbortController();
  // Each start that is under way listens; Node would take more than ten for a leak and print so.
  setMaxListeners(0, abort.signal);
  const run = createContext(options, abort.signal);
  const templates = createTemplates(options);
  const host = new Host(run, templates, abort);
  // Loaded while the first files are read, so that the first spawn and connection do not wait for it.
  void import('execa');
  void import('pg');
  if (options.signal?.aborted) void host.stop();
  else options.signal?.addEventListener('abort', () => void host.stop(), { once: true });
  return host;
}

export class Host implements ServiceHost {
  readonly #run: RunContext;
  readonly #templates: Templates;
  readonly #abort: AbortController;
  readonly #shared = new Map<string, Promise<Result<SharedService, ServiceFailure>>>();
  readonly #crashes = new Map<string, number>();
  readonly #leases = new Set<Lease>();
  readonly #stacks: Stacks;
  readonly #inFlight = new Set<Promise<unknown>>();
  #stopping: Promise<{ readonly leftovers: readonly string[] }> | null = null;

  constructor(run: RunContext, templates: Templates, abort: AbortController) {
    this.#run = run;
    this.#templates = templates;
    this.#abort = abort;
    this.#stacks = new Stacks({ run, templates, open: (service) => this.#open(service) });
    void this.#tracked(sweepDeadRuns);
  }

  get run(): RunContext {
    return this.#run;
  }

  get templates(): Templates {
    return this.#templates;
  }

  get mark(): Readonly<Record<string, string>> {
    return this.#run.mark;
  }

  guard(group: number): () => void {
    this.#run.ledger.addGroup(group);
    return () => this.#run.ledger.groupGone(group);
  }

  /** The part of a service that all share, opened if it is not yet. */
  shared(service: ServiceConfig): Promise<Result<SharedService, ServiceFailure>> {
    return this.#open(service);
  }

  start(needs: readonly string[]): Promise<Result<void, ServiceFailure>> {
    return this.#tracked(async () => {
      const problem = this.#problem(needs);
      if (problem !== null) return err(problem);
      const opened = await Promise.all(this.#closure(needs).map((service) => this.#open(service)));
      return opened.find((result) => !result.ok) ?? ok(undefined);
    });
  }

  lease(request: LeaseRequest): Promise<Result<Lease, ServiceFailure>> {
    return this.#tracked(async () => {
      const problem = this.#problem(request.needs);
      if (problem !== null) return err(problem);
      const ground: LeaseGround = {
        run: this.#run,
        templates: this.#templates,
        services: this.#closure(request.needs),
        open: (service) => this.#open(service),
        stacks: this.#stacks,
        onRelease: (lease) => this.#leases.delete(lease),
      };
      const granted = await grantLease(ground, request);
      if (!granted.ok) return granted;
      this.#leases.add(granted.value);
      if (!this.#run.signal.aborted) return granted;
      await granted.value.release();
      return stopped(granted.value.services.at(-1) ?? 'services');
    });
  }

  stop(): Promise<{ readonly leftovers: readonly string[] }> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<{ readonly leftovers: readonly string[] }> {
    this.#abort.abort();
    // Each step has an end even where a server hangs: the ledger kills whatever is left.
    await within(PATIENCE, Promise.allSettled([...this.#inFlight]));
    await within(PATIENCE, Promise.allSettled([...this.#leases].map((lease) => lease.release())));
    await within(PATIENCE, this.#stacks.stop());
    const shared = [...this.#shared].map(async ([service, opening]) => {
      const result = await opening;
      if (!result.ok) return;
      const { forced, ms } = await result.value.stop();
      if (result.value.origin === null) return;
      this.#run.options.emit({ kind: 'service.stopped', service, ms, forced, lease: null });
    });
    await within(PATIENCE, Promise.allSettled(shared));
    this.#run.closeLogs();
    const escaped = await this.#killEscaped();
    return { leftovers: [...escaped, ...(await this.#run.ledger.settle())] };
  }

  /** What left its group on purpose. By now nothing of this run has a right to be alive. */
  async #killEscaped(): Promise<string[]> {
    const { options, ledger } = this.#run;
    const left: string[] = [];
    const groups = new Set(ledger.groups);
    for (const found of findMarked(options.runId, ledger.directories)) {
      if (groups.has(found.group)) continue;
      const what = `process ${found.pid} (${found.command})`;
      if (!(await killed(found))) left.push(what);
      const message = `${what} had left the process group of its service or test; it was killed`;
      options.emit({ kind: 'warning', code: 'service-escaped', message });
    }
    return left;
  }

  #closure(needs: readonly string[]): ServiceConfig[] {
    return closure(this.#run.options.config, needs, (service) => this.#isDeployed(service));
  }

  #isDeployed(service: ServiceConfig): boolean {
    const deployed = deployedUrl(service, this.#run.options, this.#templates);
    return !deployed.ok || deployed.value !== null;
  }

  /** The environment's variables are everybody's: where one can't be expanded, nothing is started. */
  #problem(needs: readonly string[]): ServiceFailure | null {
    if (this.#run.signal.aborted) return stopped(needs.at(-1) ?? 'services').error;
    const { environment } = this.#templates;
    if (environment.ok) return null;
    const { config, environment: chosen } = this.#run.options;
    return failure({
      service: chosen.name,
      reason: `environments.${chosen.name}.env.${environment.error}`,
      remedy: `correct it in ${config.path}`,
    });
  }

  #open(service: ServiceConfig): Promise<Result<SharedService, ServiceFailure>> {
    const known = this.#shared.get(service.name);
    if (known !== undefined) return known;
    const opening = this.#tracked(() => this.#opened(service));
    this.#shared.set(service.name, opening);
    return opening;
  }

  async #opened(service: ServiceConfig): Promise<Result<SharedService, ServiceFailure>> {
    const { emit } = this.#run.options;
    const { name } = service;
    const began = performance.now();
    if (this.#run.signal.aborted) return stopped(name);
    const crashes = this.#crashes.get(name) ?? 0;
    if (crashes > RESTARTS) {
      return this.#announced(
        failed({
          service: name,
          reason: `it died ${crashes} times`,
          remedy: `read ${this.#run.logPath(name)}`,
        }),
      );
    }
    if (service.kind !== 'process' || this.#isDeployed(service)) {
      emit({ kind: 'service.starting', service: name, lease: null });
    }
    const { standing } = this.#run.options;
    const opened =
      standing !== undefined && service.kind !== 'process'
        ? await standing.use(service, this.#run.options)
        : await open(this.#run, service, this.#templates);
    if (!opened.ok) return this.#announced(opened);
    const { origin, crashed } = opened.value;
    if (origin !== null) {
      const { startMs, ...from } = origin;
      const ms = startMs ?? performance.now() - began;
      emit({ kind: 'service.ready', service: name, ...from, ms, lease: null });
    }
    void crashed.then((crash) => this.#onCrash(name, opened.value, crash));
    return opened;
  }

  #announced(result: { readonly ok: false; readonly error: ServiceFailure }): {
    readonly ok: false;
    readonly error: ServiceFailure;
  } {
    if (!this.#run.signal.aborted) {
      this.#run.options.emit({ kind: 'service.failed', ...result.error, lease: null });
    }
    return result;
  }

  /** Leases that hold it learn of it by themselves; the next one gets a new server. */
  #onCrash(name: string, shared: SharedService, { exit, log }: Crash): void {
    if (this.#run.signal.aborted) return;
    const { logTail } = failure({ service: name, reason: exit, remedy: '', log });
    this.#run.options.emit({ kind: 'service.crashed', service: name, exit, lease: null, log, logTail });
    this.#crashes.set(name, (this.#crashes.get(name) ?? 0) + 1);
    this.#shared.delete(name);
    void this.#tracked(() => shared.stop());
  }

  #tracked<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    this.#inFlight.add(promise);
    const done = (): void => void this.#inFlight.delete(promise);
    promise.then(done, done);
    return promise;
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}

function open(
  run: RunContext,
  service: ServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  switch (service.kind) {
    case 'postgres':
      return openPostgres(run, service, templates);
    case 'redis':
      return openRedis(run, service, templates);
    case 'process':
      return openProcess(run, service, templates);
    default:
      return unreachable(service);
  }
}
