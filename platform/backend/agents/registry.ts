/**
 * Who is working for whom: one session a user, at most two engines in it, each with a life of five minutes. Clean-up
 * touches the named user only, may be called again while it runs, and holds no lock.
 */
import { randomUUID } from 'node:crypto';
import { log } from '../../shared/log.ts';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from './context.ts';
import { Engine, LimitReached } from './engine.ts';
import type { AgentInstanceFactory } from './instance-factory.ts';

export interface RegistryLimits {
  readonly enginesPerUser: number;
  /** ms */
  readonly engineLife: number;
  readonly agentsPerEngine: number;
  /** agents of one user at work at once, above which it is reported */
  readonly agentsWorthAWarning: number;
}
export const REGISTRY_LIMITS: RegistryLimits = {
  enginesPerUser: 2,
  engineLife: 300_000,
  agentsPerEngine: 3,
  agentsWorthAWarning: 50,
};

/** ms between two looks for engines whose life is over */
export const SWEEP_EVERY = 60_000;

export interface UserSession {
  readonly user_id: string;
  readonly session_id: string;
  readonly engines: ReadonlySet<Engine>;
}
export interface AgentWarning {
  readonly user_id: string;
  readonly agents: number;
}
export interface RegistryOptions {
  readonly limits?: Partial<RegistryLimits>;
  /** ms, for the life of engines */
  readonly now?: () => number;
  /** told once each time that a user goes above the limit */
  readonly onWarning?: (warning: AgentWarning) => void;
}

interface Session {
  readonly session_id: string;
  readonly engines: Set<Engine>;
  /** ms */
  used: number;
  warned: boolean;
}

export class AgentRegistry {
  readonly #sessions = new Map<string, Session>();
  readonly #factory: AgentInstanceFactory;
  readonly #limits: RegistryLimits;
  readonly #now: () => number;
  readonly #onWarning: (warning: AgentWarning) => void;

  constructor(factory: AgentInstanceFactory, { limits, now, onWarning }: RegistryOptions = {}) {
    this.#factory = factory;
    this.#limits = { ...REGISTRY_LIMITS, ...limits };
    this.#now = now ?? Date.now;
    this.#onWarning = onWarning ?? ((warning) => log('warn', 'many agents of one user', { ...warning }));
  }

  /** The user's one session, made on first use. */
  session(user_id: string): UserSession {
    const { session_id, engines } = this.#session(user_id);
    return { user_id, session_id, engines };
  }

  /** @throws LimitReached where the user has as many as allowed; a closed one frees its place */
  open(context: UserExecutionContext): Engine {
    const session = this.#session(context.user_id);
    const { engines } = session;
    if (engines.size >= this.#limits.enginesPerUser && !mutated('no-engine-cap'))
      throw new LimitReached('engines_per_user', this.#limits.enginesPerUser);
    const engine = new Engine({
      context,
      opened: this.#now(),
      factory: this.#factory,
      agentsAtOnce: this.#limits.agentsPerEngine,
      onStart: () => this.#watch(context.user_id, session),
      onClose: (closed) => engines.delete(closed),
    });
    engines.add(engine);
    return engine;
  }

  /** Closes the engines of one user and forgets the session; everyone else's stay. */
  cleanUp(user_id: string): void {
    const session = this.#sessions.get(user_id);
    this.#sessions.delete(user_id);
    if (mutated('clean-up-everyone')) for (const [other] of this.#sessions) this.cleanUp(other);
    if (!mutated('forget-clean-up')) for (const engine of [...(session?.engines ?? [])]) engine.close();
  }

  cleanUpAll(): void {
    for (const user_id of [...this.#sessions.keys()]) this.cleanUp(user_id);
  }

  /** Closes every engine whose life is over, and forgets sessions unused for as long; the number of engines. */
  sweep(): number {
    const isOver = (since: number): boolean => this.#now() - since >= this.#limits.engineLife;
    const over = [...this.#sessions.values()]
      .flatMap(({ engines }) => [...engines])
      .filter(({ opened }) => isOver(opened));
    for (const engine of over) if (!mutated('endless-engines')) engine.close();
    for (const [user_id, { engines, used }] of this.#sessions)
      if (engines.size === 0 && isOver(used)) this.#sessions.delete(user_id);
    return over.length;
  }

  /** Sweeps by itself from now on. @param every ms @returns what ends it */
  keepSweeping(every = SWEEP_EVERY): () => void {
    const timer = setInterval(() => this.sweep(), every).unref();
    return () => clearInterval(timer);
  }

  counts(): { readonly sessions: number; readonly engines: number; readonly agents: number } {
    const engines = [...this.#sessions.values()].flatMap((session) => [...session.engines]);
    const agents = engines.reduce((sum, engine) => sum + engine.agents, 0);
    return { sessions: this.#sessions.size, engines: engines.length, agents };
  }

  #session(user_id: string): Session {
    const key = mutated('share-user-session') ? '' : user_id;
    const session = this.#sessions.get(key) ?? {
      session_id: randomUUID(),
      engines: new Set(),
      used: 0,
      warned: false,
    };
    session.used = this.#now();
    this.#sessions.set(key, session);
    return session;
  }

  #watch(user_id: string, session: Session): void {
    const agents = [...session.engines].reduce((sum, engine) => sum + engine.agents, 0);
    const many = agents > this.#limits.agentsWorthAWarning && !mutated('no-agent-warning');
    if (many && !session.warned) this.#onWarning({ user_id, agents });
    session.warned = many;
  }
}
