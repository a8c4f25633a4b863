/**
 * Makes agents, each for one context, each with its own numbered events. Without its event bridge it makes nothing:
 * an agent that nobody hears looks like a frozen chat.
 */
import type { Stage } from '../../shared/critical-values.ts';
import { type EventBridge, RunEvents } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from './context.ts';

/** What an agent is given for one run. */
export interface AgentRun {
  readonly context: UserExecutionContext;
  readonly events: RunEvents;
  readonly question: string;
  /** aborted when the engine is closed */
  readonly signal: AbortSignal;
}
export interface AgentAnswer {
  readonly text: string;
  readonly toolsUsed: readonly string[];
}
/** One way of working. It keeps nothing between runs; all that it may know comes in its run. */
export type Agent = (run: AgentRun) => Promise<AgentAnswer>;

export interface AgentInstance {
  readonly stage: Stage;
  readonly context: UserExecutionContext;
  readonly events: RunEvents;
  run(question: string, signal: AbortSignal): Promise<AgentAnswer>;
}

export class FactoryRefused extends Error {
  constructor(readonly problem: 'no_event_bridge' | 'unknown_agent') {
    super(
      problem === 'no_event_bridge'
        ? 'the agent factory has no event bridge'
        : 'there is no agent for this stage',
    );
  }
}

export class AgentInstanceFactory {
  readonly #agents: ReadonlyMap<Stage, Agent>;
  #bridge: EventBridge | null = null;

  constructor(agents: ReadonlyMap<Stage, Agent>) {
    this.#agents = agents;
  }

  /** @throws FactoryRefused for a missing bridge */
  connect(bridge: EventBridge | null): void {
    if (bridge === null) throw new FactoryRefused('no_event_bridge');
    this.#bridge = bridge;
  }

  /** @throws FactoryRefused before `connect`, or for a stage without an agent */
  create(context: UserExecutionContext, stage: Stage): AgentInstance {
    const bridge = this.#bridge ?? (mutated('allow-no-bridge') ? { deliver: () => {} } : null);
    if (bridge === null) throw new FactoryRefused('no_event_bridge');
    const agent = this.#agents.get(stage);
    if (agent === undefined) throw new FactoryRefused('unknown_agent');
    const events = new RunEvents(context, stage, bridge);
    return {
      stage,
      context,
      events,
      run: (question, signal) => agent({ context, events, question, signal }),
    };
  }
}
