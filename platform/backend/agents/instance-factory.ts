/**
 * Makes agents, each for one context, each with events of its own name and the run's numbering. Without its event bridge
 * it makes nothing: an agent that nobody hears looks like a frozen chat.
 */
import type { Stage } from '../../shared/critical-values.ts';
import { type EventBridge, RunEvents, type RunNumbering } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from './context.ts';

/** What a stage has left for those after it. */
export interface Finding {
  readonly stage: Stage;
  readonly text: string;
}

/** What an agent is given for one run. */
export interface AgentRun {
  readonly context: UserExecutionContext;
  readonly events: RunEvents;
  readonly question: string;
  /** of the stages before this one, in order */
  readonly findings: readonly Finding[];
  /** aborted when the engine is closed */
  readonly signal: AbortSignal;
}
export interface AgentAnswer {
  readonly text: string;
  readonly toolsUsed: readonly string[];
  /** the stages that triage hands over to; as the model wrote them, so not yet checked */
  readonly plan?: readonly string[];
}
/** One way of working. It keeps nothing between runs; all that it may know comes in its run. */
export type Agent = (run: AgentRun) => Promise<AgentAnswer>;

export interface AgentInstance {
  readonly stage: Stage;
  readonly context: UserExecutionContext;
  readonly events: RunEvents;
  run(question: string, signal: AbortSignal, findings?: readonly Finding[]): Promise<AgentAnswer>;
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

  /** Where the agent of this stage speaks. @throws FactoryRefused before `connect` */
  events(context: UserExecutionContext, stage: Stage, numbering?: RunNumbering): RunEvents {
    const bridge = this.#bridge ?? (mutated('allow-no-bridge') ? { deliver: () => {} } : null);
    if (bridge === null) throw new FactoryRefused('no_event_bridge');
    return new RunEvents(context, stage, bridge, mutated('restart-seq') ? undefined : numbering);
  }

  /** @throws FactoryRefused before `connect`, or for a stage without an agent */
  create(context: UserExecutionContext, stage: Stage, numbering?: RunNumbering): AgentInstance {
    const events = this.events(context, stage, numbering);
    const agent = this.#agents.get(stage);
    if (agent === undefined) throw new FactoryRefused('unknown_agent');
    return {
      stage,
      context,
      events,
      run: (question, signal, findings = []) => agent({ context, events, question, findings, signal }),
    };
  }
}
