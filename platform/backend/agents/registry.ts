/**
 * Who is working for whom: one session a user, at most two engines in it, each with a life of five minutes. Clean-up
 * touches the named user only, may be called again while it runs, and holds no lock.
 *
 *   engine:  open ──close / life over / user cleaned up──▶ closed (its signal aborts)
 */
import { randomUUID } from 'node:crypto';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from './context.ts';
import type { AgentInstance, AgentInstanceFactory } from './instance-factory.ts';
import { checkedPipeline } from './pipeline.ts';

export interface RegistryLimits {
  readonly enginesPerUser: number;
  /** ms */
  readonly engineLife: number;
  readonly agentsPerEngine: number;
}
const LIMITS: RegistryLimits = { enginesPerUser: 2, engineLife: 300_000, agentsPerEngine: 3 };

/** ms between two looks for engines whose life is over */
export const SWEEP_EVERY = 60_000;

export class LimitReached extends Error {
  constructor(
    readonly limit: 'engines_per_user' | 'agents_per_engine',
    readonly most: number,
  ) {
    super(`at most ${most} ${limit.replaceAll('_', ' ')}`);
  }
}

export interface UserSession {
  readonly user_id: string;
  readonly session_id: string;
  readonly engines: ReadonlySet<Engine>;
}

export class Engine {
  readonly #instances = new Set<AgentInstance>();
  readonly #stop = new AbortController();

  constructor(
    readonly context: UserExecutionContext,
    readonly opened: number,
    private readonly factory: AgentInstanceFactory,
    private readonly limits: RegistryLimits,
    private readonly onClose: (engine: Engine) => void,
  ) {}

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get agents(): number {
    return this.#instances.size;
  }

  /** The agents of these stages, in this order. @throws PipelineRefused, LimitReached, FactoryRefused */
  prepare(stages: readonly string[]): readonly AgentInstance[] {
    const checked = checkedPipeline(stages);
    if (this.#instances.size + checked.length > this.limits.agentsPerEngine)
      throw new LimitReached('agents_per_engine', this.limits.agentsPerEngine);
    const instances = checked.map((stage) => this.factory.create(this.context, stage));
    for (const instance of instances) this.#instances.add(instance);
    return instances;
  }

  /** What runs is told to stop. Closing again does nothing. */
  close(): void {
    if (this.closed) return;
    this.#stop.abort();
    this.#instances.clear();
    this.onClose(this);
  }
}

export class AgentRegistry {
  readonly #sessions = new Map<string, { readonly session_id: string; readonly engines: Set<Engine> }>();
  readonly #factory: AgentInstanceFactory;
  readonly #limits: RegistryLimits;
  readonly #now: () => number;

  /** @param now ms, for the life of engines */
  constructor(
    factory: AgentInstanceFactory,
    limits: Partial<RegistryLimits> = {},
    now: () => number = Date.now,
  ) {
    this.#factory = factory;
    this.#limits = { ...LIMITS, ...limits };
    this.#now = now;
  }

  /** The user's one session, made on first use. */
  session(user_id: string): UserSession {
    let session = this.#sessions.get(user_id);
    if (session === undefined) {
      session = { session_id: randomUUID(), engines: new Set() };
      this.#sessions.set(user_id, session);
    }
    return { user_id, ...session };
  }

  /** @throws LimitReached where the user has as many as allowed; a closed one frees its place */
  open(context: UserExecutionContext): Engine {
    this.session(context.user_id);
    const engines = this.#sessions.get(context.user_id)?.engines ?? new Set();
    if (engines.size >= this.#limits.enginesPerUser && !mutated('no-engine-cap'))
      throw new LimitReached('engines_per_user', this.#limits.enginesPerUser);
    const engine = new Engine(context, this.#now(), this.#factory, this.#limits, (closed) =>
      engines.delete(closed),
    );
    engines.add(engine);
    return engine;
  }

  /** Closes the engines of one user and forgets the session; everyone else's stay. */
  cleanUp(user_id: string): void {
    const session = this.#sessions.get(user_id);
    this.#sessions.delete(user_id);
    if (!mutated('forget-clean-up')) for (const engine of [...(session?.engines ?? [])]) engine.close();
  }

  cleanUpAll(): void {
    for (const user_id of [...this.#sessions.keys()]) this.cleanUp(user_id);
  }

  /** Closes every engine whose life is over; the number of them. */
  sweep(): number {
    const over = [...this.#sessions.values()]
      .flatMap(({ engines }) => [...engines])
      .filter((engine) => this.#now() - engine.opened >= this.#limits.engineLife);
    for (const engine of over) engine.close();
    return over.length;
  }

  counts(): { readonly sessions: number; readonly engines: number } {
    const sessions = [...this.#sessions.values()];
    return {
      sessions: sessions.length,
      engines: sessions.reduce((sum, { engines }) => sum + engines.size, 0),
    };
  }
}
