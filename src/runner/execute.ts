/**
 * Executes a plan: services and bundling at once, then files on workers, each with a lease that was made ahead of need.
 * It states facts; it prints nothing and knows no exit code. It always ends with every process and service gone.
 */
import { setMaxListeners } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFile } from '../categories/index.ts';
import { type AttemptId, attemptId, type FileVerdict } from '../events/index.ts';
import { Newcomers } from '../processes/index.ts';
import type { ServiceFailure } from '../services/index.ts';
import { type PreparedAdapter, prepareAdapters } from './adapters/index.ts';
import { type Attempted, attemptFolder, runAttempt } from './attempt.ts';
import { Consequences } from './consequences.ts';
import { Delays } from './delays.ts';
import { testEnvironment } from './environment.ts';
import { AHEAD, Leases } from './leases.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { ExecuteOptions } from './options.ts';
import { type LeftOut, Scheduler } from './scheduler.ts';
import { Starts } from './starts.ts';
import { onSuspend } from './suspend.ts';
import { type Retry, Tries } from './tries.ts';
import { withoutServices } from './without-services.ts';
import { Workers } from './workers.ts';

/** @returns processes and folders that could not be removed; empty when all went well */
export async function executePlan(
  options: ExecuteOptions,
): Promise<{ readonly leftovers: readonly string[] }> {
  mkdirSync(options.scratch, { recursive: true });
  try {
    await new Execution(options).run();
  } finally {
    const { leftovers } = await options.services.stop();
    rmSync(options.scratch, { recursive: true, force: true });
    // biome-ignore lint/correctness/noUnsafeFinally: what is left is the result on every path; an exception goes on
    if (leftovers.length > 0) return { leftovers };
  }
  return { leftovers: [] };
}

class Execution {
  readonly #options: ExecuteOptions;
  readonly #scheduler: Scheduler;
  readonly #numbers: Map<PlannedFile, number>;
  readonly #tries = new Tries();
  readonly #consequences: Consequences;
  /** ends what runs, with the first test that fails; see `--fail-fast first-test` */
  readonly #stopped = new AbortController();
  readonly #groups = new Set<number>();
  readonly #cancel: AbortSignal;
  /** of files that wait for their next attempt */
  readonly #delays = new Delays();
  readonly #leases: Leases;
  readonly #workers: Workers;
  readonly #memory: MemoryWatch;
  readonly #newcomers = new Newcomers();
  readonly #starts = new Starts();
  #wake: () => void = () => {};

  constructor(options: ExecuteOptions) {
    this.#options = options;
    const keepGoing = options.failFast.mode.kind === 'none';
    this.#consequences = new Consequences(options);
    this.#scheduler = new Scheduler(options.plan, {
      keepGoing,
      tolerates: (category) => this.#consequences.tolerates(category),
      starting: this.#starts,
    });
    this.#cancel = AbortSignal.any([options.cancel, this.#stopped.signal]);
    setMaxListeners(0, this.#cancel); // each attempt listens to it
    this.#leases = new Leases({
      host: options.services,
      started: (file) => this.#starts.of(file),
      attemptOf: (file) => this.#attemptOf(file),
    });
    this.#numbers = new Map(options.plan.files.map((file, at) => [file, at + 1]));
    this.#workers = new Workers(options.plan.workers);
    this.#memory = new MemoryWatch(options.plan.layers, this.#newcomers);
  }

  async run(): Promise<void> {
    const listening = onSuspend(() => this.#groups);
    try {
      await this.#run();
    } finally {
      listening();
    }
  }

  async #run(): Promise<void> {
    const { plan, services } = this.#options;
    const cancel = this.#cancel;
    // 1. Services start while the files are bundled: neither needs the other.
    this.#starts.begin(services, plan.services, (started) => {
      if (!started.ok) this.#dropDependants(started.error);
      this.#wake();
    });
    this.#heedEnough();
    const adapter = await this.#prepare();
    if (adapter === null) return this.#starts.all();

    // 2. Whoever is free takes the next file; whatever ends wakes the loop.
    const running = new Set<Promise<void>>();
    cancel.addEventListener('abort', () => this.#wake(), { once: true });
    while (!cancel.aborted) {
      const file = this.#scheduler.take(this.#workers.free);
      if (file !== null) {
        const workers = this.#workers.take(file.slots);
        const work = this.#runFile(file, workers[0] ?? 1, adapter).finally(() => {
          running.delete(work);
          this.#workers.giveBack(workers);
          this.#wake();
        });
        running.add(work);
        continue;
      }
      if (running.size === 0 && this.#scheduler.empty) break;
      this.#leaseAhead();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }

    // 3. What never began says so; what runs is ended by its own attempt.
    this.#delays.clear();
    if (cancel.aborted) this.#notRun(this.#scheduler.drop(() => String(cancel.reason)));
    await Promise.all(running);
    for (const { name: layer } of plan.layers)
      this.#options.emit({ kind: 'layer.measured', layer, memory: this.#memory.peakOf(layer) });
    await this.#leases.giveBack();
    await adapter.dispose();
    await this.#starts.all();
  }

  /** Where everything has begun there is nothing to cut short: the run is whole. */
  #heedEnough(): void {
    const { enough, emit } = this.#options;
    const stop = (): void => {
      const reason = String(enough?.reason);
      const leftOut = this.#scheduler.stop(reason);
      if (leftOut.length > 0) emit({ kind: 'run.cancelling', reason, signal: null });
      this.#notRun(leftOut);
      this.#wake();
    };
    if (enough?.aborted) stop();
    else enough?.addEventListener('abort', stop, { once: true });
  }

  async #prepare(): Promise<PreparedAdapter | null> {
    const { plan, root, scratch, emit } = this.#options;
    const prepared = await prepareAdapters({
      root,
      env: this.#options.env,
      files: plan.files,
      scratch,
      warn: (code, message, file) =>
        emit({ kind: 'warning', code, message, ...(file === undefined ? {} : { file: file.id }) }),
      bundled: (files, ms) => emit({ kind: 'bundle.finished', files, ms }),
    });
    if (prepared.ok) return prepared.value;
    this.#notRun(this.#scheduler.drop(() => prepared.error));
    return null;
  }

  async #runFile(file: PlannedFile, worker: number, adapter: PreparedAdapter): Promise<void> {
    const { runId, emit, scratch, runDir, env, plan, services } = this.#options;
    const cancel = this.#cancel;
    const id = this.#attemptOf(file);
    const waited = this.#scheduler.waited(file);
    const asked = performance.now();
    const granted = await this.#leases.take(file);
    if (!granted.ok) return this.#withoutLease(file, granted.error);
    const lease = granted.value;
    if (cancel.aborted) {
      await lease.release();
      return this.#cancelled(file);
    }
    if (lease.services.length > 0) {
      const ms = performance.now() - asked;
      emit({ kind: 'lease.granted', attempt: id, file: file.id, services: lease.services, ms });
    }
    this.#leaseAhead();
    const tmpdir = attemptFolder(scratch, id);
    this.#options.mask.learn(lease.env);
    const number = this.#tries.number(file);
    const attempted = await runAttempt({
      id,
      number,
      failedBefore: this.#tries.failedBefore(file),
      worker,
      waited,
      file,
      adapter,
      env: testEnvironment(env, [lease.env, services.mark], {
        run: runId,
        id,
        attempt: number,
        worker,
        file,
        environment: plan.env,
        tmpdir,
        shard: plan.shard ?? null,
      }),
      output: join(runDir, 'output', `${id.slice(runId.length + 1)}.log`),
      tmpdir,
      emit,
      clock: this.#options.clock,
      memory: this.#memory,
      newcomers: this.#newcomers,
      guard: (group) => this.#guard(group),
      cancel,
      testFailed: (path) => this.#testFailed(file, path),
      logs: lease.logs,
      mask: this.#options.mask,
      // A service that falls with the one that was taken away is part of what the tests are to notice.
      serviceDied: file.sabotage === undefined ? lease.crashed : new Promise(() => {}),
      evidence: {
        kind: this.#options.evidence,
        traffic: () => lease.ownTraffic(),
        killed: () => lease.killed(),
      },
    });
    const released = performance.now();
    const green = this.#consequences.isGreen(file, attempted);
    const evidence = await lease.release(green || cancel.aborted ? 'dropped' : this.#options.failedDatabases);
    if (lease.services.length > 0) {
      const ms = performance.now() - released;
      emit({ kind: 'lease.released', attempt: id, ms, services: evidence });
    }
    const retry = cancel.aborted || green ? null : this.#tries.after(file, attempted);
    if (retry !== null) return this.#runAgain(file, id, attempted.verdict, retry);
    this.#followUp(file, id);
    this.#ended(file, attempted, green);
  }

  /** A file has ended for good. */
  #ended(file: PlannedFile, attempted: Attempted, green: boolean): void {
    const stop = this.#consequences.ended(file, attempted, green);
    this.#notRun(this.#scheduler.finished(file, green));
    if (stop === null) return;
    const { category } = file;
    this.#notRun(
      stop.scope === 'run'
        ? this.#scheduler.stop(stop.reason)
        : this.#scheduler.drop((other) => (other.category === category ? stop.reason : null)),
    );
  }

  /** A test has failed, in a file that may still run. */
  #testFailed(file: PlannedFile, path: readonly string[]): void {
    if (!this.#tries.isLast(file)) return;
    const reason = this.#consequences.testFailed(file, path);
    if (reason !== null) this.#stopped.abort(reason);
  }

  #followUp(file: PlannedFile, ended: AttemptId): void {
    if (this.#options.cancel.aborted) return;
    for (const next of this.#options.followUps?.(file, ended) ?? []) {
      this.#numbers.set(next, this.#numbers.size + 1);
      this.#scheduler.follow(next);
    }
  }

  #runAgain(file: PlannedFile, attempt: AttemptId, verdict: FileVerdict, retry: Retry): void {
    const { isolated } = file.retry;
    this.#options.emit({ kind: 'file.retrying', file: file.id, attempt, verdict, ...retry, isolated });
    this.#scheduler.postpone(file);
    if (retry.delay === 0) return this.#scheduler.again(file);
    this.#delays.after(retry.delay, () => {
      this.#scheduler.again(file);
      this.#wake();
    });
  }

  /** Remembered while it lives: for the runner's own death, and for its pauses. */
  #guard(group: number): () => void {
    const forget = this.#options.services.guard(group);
    this.#groups.add(group);
    return () => {
      this.#groups.delete(group);
      forget();
    };
  }

  /** It was taken, and the run was cancelled before its process was started. */
  #cancelled(file: PlannedFile): void {
    const reason = String(this.#cancel.reason);
    this.#notRun([{ file, reason }, ...this.#scheduler.finished(file, false)]);
  }

  /** The service layer has said why (`service.failed`); the file says that it is the victim. */
  #withoutLease(file: PlannedFile, failure: ServiceFailure): void {
    const cancel = this.#cancel;
    if (cancel.aborted) {
      return this.#cancelled(file);
    }
    this.#options.emit(withoutServices(file, this.#attemptOf(file), failure));
    this.#ended(file, { verdict: 'infra-failed', failed: [], passed: 0 }, false);
  }

  #leaseAhead(): void {
    if (!this.#cancel.aborted) this.#leases.makeAhead(this.#scheduler.peek(AHEAD));
  }

  #attemptOf(file: PlannedFile): AttemptId {
    return attemptId(this.#options.runId, this.#numbers.get(file) ?? 0, this.#tries.number(file));
  }

  /** Files that stand on a service that never came have failed, and say so; what comes after them did not run. */
  #dropDependants(failure: ServiceFailure): void {
    const { service } = failure;
    const leftOut = this.#scheduler.drop((file) => (file.needs.includes(service) ? service : null));
    for (const { file } of leftOut.filter(({ reason }) => reason === service))
      this.#options.emit(withoutServices(file, this.#attemptOf(file), failure));
    this.#notRun(leftOut.filter(({ reason }) => reason !== service));
  }

  #notRun(leftOut: readonly LeftOut[]): void {
    for (const { file, reason } of leftOut) {
      // What ran before keeps the verdict that it has.
      if (this.#tries.number(file) === 1) this.#options.emit({ kind: 'file.not-run', file: file.id, reason });
    }
  }
}
