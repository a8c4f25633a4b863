/**
 * The place where one run's agents work: at most three at once, all of one context, all numbered together.
 *
 *   open ──close / life over / user cleaned up──▶ closed (its signal aborts)
 */
import type { Stage } from '../../shared/critical-values.ts';
import type { RunEvents, RunNumbering } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import { childContext, type UserExecutionContext } from './context.ts';
import type { AgentAnswer, AgentInstance, AgentInstanceFactory, Finding } from './instance-factory.ts';

export class LimitReached extends Error {
  constructor(
    readonly limit: 'engines_per_user' | 'agents_per_engine',
    readonly most: number,
  ) {
    super(`at most ${most} ${limit.replaceAll('_', ' ')}`);
  }
}

export class EngineClosed extends Error {
  constructor() {
    super('this engine is closed');
  }
}

export interface EngineParts {
  readonly context: UserExecutionContext;
  /** ms, when it was opened */
  readonly opened: number;
  readonly factory: AgentInstanceFactory;
  readonly agentsAtOnce: number;
  readonly onStart: () => void;
  readonly onClose: (engine: Engine) => void;
}

export class Engine {
  readonly #parts: EngineParts;
  readonly #working = new Set<AgentInstance>();
  readonly #stop = new AbortController();
  readonly #numbering: RunNumbering = { last: 0 };
  #stage: Stage = 'triage';

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  get context(): UserExecutionContext {
    return this.#parts.context;
  }

  get opened(): number {
    return this.#parts.opened;
  }

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** agents at work now */
  get agents(): number {
    return this.#working.size;
  }

  /** the stage that was begun last */
  get stage(): Stage {
    return this.#stage;
  }

  /** Where the run is spoken for between its stages, in the name of the last one. */
  get events(): RunEvents {
    return this.#parts.factory.events(this.context, this.#stage, this.#numbering);
  }

  /** An agent that takes one of the places until it is released. @throws LimitReached, FactoryRefused, EngineClosed */
  start(stage: Stage): AgentInstance {
    if (this.closed) throw new EngineClosed();
    const { context, factory, agentsAtOnce, onStart } = this.#parts;
    if (this.#working.size >= agentsAtOnce && !mutated('no-agent-cap'))
      throw new LimitReached('agents_per_engine', agentsAtOnce);
    const own = stage === 'triage' ? context : childContext(context, { stage });
    const instance = factory.create(own, stage, this.#numbering);
    this.#working.add(instance);
    this.#stage = stage;
    onStart();
    return instance;
  }

  release(instance: AgentInstance): void {
    if (!mutated('keep-finished-agents')) this.#working.delete(instance);
  }

  /** One stage from start to release. */
  async run(stage: Stage, question: string, findings: readonly Finding[] = []): Promise<AgentAnswer> {
    const instance = this.start(stage);
    try {
      return await instance.run(question, this.signal, findings);
    } finally {
      this.release(instance);
    }
  }

  /** What runs is told to stop. Closing again does nothing. */
  close(): void {
    if (this.closed) return;
    this.#stop.abort();
    this.#working.clear();
    if (!mutated('keep-closed-engines')) this.#parts.onClose(this);
  }
}
