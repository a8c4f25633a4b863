/**
 * What outlives a lease: instances of services whose scope is `run` or `worker`, and of all that those need.
 *
 *   run      one stack, which all leases use at once
 *   worker   a stack for each lease that is held, which the next one gets as it was left
 *
 *   stack: made ──lease──► in use ──released──► free ──lease──► in use …
 *             an instance dies ──► retired: no lease gets it any more, stopped when the last has given it back
 */
import type { ServiceScope as Scope, ServiceConfig } from '../config/index.ts';
import { ok, type Result, standingId } from '../events/index.ts';
import type { RunContext } from './context.ts';
import type { ServiceFailure } from './contract.ts';
import { failed, failure, stopped } from './failure.ts';
import { type OpenShared, type Taken, takeInstance } from './instances.ts';
import { type Crash, type Dependencies, RESTARTS } from './kinds.ts';
import { listen } from './listen.ts';
import type { Templates } from './templates.ts';

const WIDTH: Readonly<Record<Scope, number>> = { file: 0, worker: 1, run: 2 };

/** An instance that stays, with the variables that it exports. */
export interface Kept extends Taken {
  readonly exports: Readonly<Record<string, string>>;
}
export type Kept$ = Promise<Result<Kept, ServiceFailure>>;

export interface StackGround {
  readonly run: RunContext;
  readonly templates: Templates;
  readonly open: OpenShared;
}

/**
 * Where each service of a closure lives: as wide as its own scope says, and at least as wide as whatever needs it.
 * @param services dependencies first
 */
export function scopesOf(services: readonly ServiceConfig[]): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>();
  const widen = (name: string, scope: Scope): void => {
    const known = scopes.get(name) ?? 'file';
    scopes.set(name, WIDTH[scope] > WIDTH[known] ? scope : known);
  };
  for (const service of [...services].reverse()) {
    widen(service.name, service.kind === 'process' ? service.scope : 'file');
    for (const need of service.needs) widen(need, scopes.get(service.name) ?? 'file');
  }
  return scopes;
}

/** What a service sees of those that it needs, directly or through others. */
const dependenciesOn = (kept: readonly Kept[]): Dependencies => ({
  fields: new Map(kept.map(({ service, instance }) => [service.name, instance.fields])),
  env: Object.assign({}, ...kept.map(({ exports }) => exports)),
});

class Stack {
  readonly #ground: StackGround;
  readonly #label: string;
  readonly #onDeath: (service: string) => void;
  /** in the order of their starts, so that whoever uses another stands behind it */
  readonly #kept = new Map<string, Kept$>();
  readonly #unlisten: (() => void)[] = [];
  users = 0;
  retired = false;
  #releasing: Promise<void> | null = null;

  constructor(ground: StackGround, label: string, onDeath: (service: string) => void) {
    this.#ground = ground;
    this.#label = label;
    this.#onDeath = onDeath;
  }

  /** @param variant tells apart instances of one service that stand on different ones */
  keep(service: ServiceConfig, needed: readonly Kept$[], variant: string): Kept$ {
    const key = `${service.name} ${variant}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const starting = this.#start(service, needed);
    this.#kept.set(key, starting);
    return starting;
  }

  async #start(service: ServiceConfig, needed: readonly Kept$[]): Kept$ {
    const { run, templates, open } = this.#ground;
    const ready: Kept[] = [];
    for (const result of await Promise.all(needed)) {
      if (!result.ok) return result;
      ready.push(result.value);
    }
    const dependencies = dependenciesOn(ready);
    const taken = await takeInstance(run, open, {
      service,
      attempt: standingId(run.options.runId, this.#label),
      lease: null,
      dependencies,
      signal: run.signal,
    });
    if (!taken.ok) return taken;
    this.#watch(taken.value);
    const { fields } = taken.value.instance;
    const exports = templates.expandAll(service.exports, { own: fields, services: dependencies.fields });
    if (exports.ok) return ok({ ...taken.value, exports: exports.value });
    await taken.value.instance.release();
    return failed({
      service: service.name,
      reason: `export.${exports.error}`,
      remedy: `correct it in ${run.options.config.path}`,
    });
  }

  #watch({ service: { name }, instance, sharedCrash }: Taken): void {
    const { run } = this.#ground;
    void instance.crashed.then(({ exit, log }: Crash) => {
      if (this.#releasing !== null || run.signal.aborted) return;
      const { logTail } = failure({ service: name, reason: exit, remedy: '', log });
      run.options.emit({ kind: 'service.crashed', service: name, exit, lease: null, log, logTail });
      this.#onDeath(name);
    });
    this.#unlisten.push(
      listen(sharedCrash, () => {
        if (this.#releasing === null) this.#onDeath(name);
      }),
    );
  }

  /** Idempotent. Whoever uses a service goes before it. */
  release(): Promise<void> {
    this.#releasing ??= (async () => {
      for (const unlisten of this.#unlisten) unlisten();
      for (const starting of [...this.#kept.values()].reverse()) {
        const kept = await starting;
        if (!kept.ok) continue;
        const { service, instance } = kept.value;
        const { ms, forced } = await instance.release();
        if (instance.origin === null) continue;
        const { emit } = this.#ground.run.options;
        emit({ kind: 'service.stopped', service: service.name, ms, forced, lease: null });
      }
    })();
    return this.#releasing;
  }
}

/** What one lease has of them, to be given back once. */
export interface Borrowed {
  keep(service: ServiceConfig, scope: Scope, needed: readonly Kept$[], variant: string): Kept$;
  giveBack(): void;
}

export class Stacks {
  readonly #ground: StackGround;
  readonly #all = new Set<Stack>();
  readonly #free: Stack[] = [];
  readonly #deaths = new Map<string, number>();
  readonly #going = new Set<Promise<void>>();
  #runWide: Stack | null = null;
  #made = 0;

  constructor(ground: StackGround) {
    this.#ground = ground;
  }

  borrow(): Borrowed {
    const used = new Map<Scope, Stack>();
    const stackFor = (scope: Scope): Stack => {
      const known = used.get(scope);
      if (known !== undefined) return known;
      const stack = scope === 'run' ? this.#forRun() : this.#forWorker();
      stack.users += 1;
      used.set(scope, stack);
      return stack;
    };
    return {
      keep: async (service, scope, needed, variant) => {
        if (this.#ground.run.signal.aborted) return stopped(service.name);
        const deaths = this.#deaths.get(service.name) ?? 0;
        if (deaths > RESTARTS) {
          const log = this.#ground.run.logPath(`${service.name}.run`);
          return failed({ service: service.name, reason: `it died ${deaths} times`, remedy: `read ${log}` });
        }
        return stackFor(scope).keep(service, needed, variant);
      },
      giveBack: () => {
        for (const stack of used.values()) this.#takeBack(stack);
        used.clear();
      },
    };
  }

  /** Stops them all. */
  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((stack) => stack.release()));
    await Promise.all(this.#going);
  }

  #forRun(): Stack {
    this.#runWide ??= this.#make('run');
    return this.#runWide;
  }

  #forWorker(): Stack {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#made += 1;
    return this.#make(`worker-${this.#made}`);
  }

  #make(label: string): Stack {
    const stack: Stack = new Stack(this.#ground, label, (service) => {
      this.#deaths.set(service, (this.#deaths.get(service) ?? 0) + 1);
      this.#retire(stack);
    });
    this.#all.add(stack);
    return stack;
  }

  #retire(stack: Stack): void {
    stack.retired = true;
    if (this.#runWide === stack) this.#runWide = null;
    const at = this.#free.indexOf(stack);
    if (at >= 0) this.#free.splice(at, 1);
    if (stack.users === 0) this.#end(stack);
  }

  #takeBack(stack: Stack): void {
    stack.users -= 1;
    if (stack.retired && stack.users === 0) this.#end(stack);
    else if (stack !== this.#runWide && !stack.retired) this.#free.push(stack);
  }

  #end(stack: Stack): void {
    const going = stack.release().finally(() => {
      this.#going.delete(going);
      this.#all.delete(stack);
    });
    this.#going.add(going);
  }
}
