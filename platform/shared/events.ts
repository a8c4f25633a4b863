/**
 * The one schema of what the server sends about a run. A client sends user messages, never events.
 * An order that holds in each run: started first; thinking at any time before the end; each `tool_executing` followed
 * by its `tool_completed`; completed or error last, once. `seq` counts from 1 without a gap.
 */
import { randomUUID } from 'node:crypto';
import type { AgentEventType } from './critical-values.ts';
import { mutated } from './mutations.ts';
import { sanitised, TEXT_LIMITS } from './sanitising.ts';

export interface AgentEventPayloads {
  agent_started: { readonly status: 'started'; readonly message: string };
  agent_thinking: { readonly thought: string; readonly step: number; readonly total_steps?: number };
  tool_executing: { readonly tool_name: string; readonly args: unknown; readonly description: string };
  tool_completed: { readonly tool_name: string; readonly execution_time_ms: number } & (
    | { readonly status: 'success'; readonly result: unknown }
    | { readonly status: 'error'; readonly error: string }
  );
  agent_completed: {
    readonly status: 'success';
    readonly result: string;
    readonly tools_used: readonly string[];
    readonly total_execution_time_ms: number;
  };
  agent_error: {
    readonly code: string;
    readonly message: string;
    readonly context: Readonly<Record<string, unknown>>;
  };
}

export interface Envelope<Type extends AgentEventType> {
  readonly type: Type;
  readonly event_id: string;
  readonly seq: number;
  readonly run_id: string;
  readonly thread_id: string;
  readonly user_id: string;
  readonly agent_name: string;
  /** ISO 8601, UTC, milliseconds */
  readonly timestamp: string;
  readonly payload: AgentEventPayloads[Type];
  /** true on an event that was kept while its user was away */
  readonly recovered?: true;
}
export type AgentEvent = { [Type in AgentEventType]: Envelope<Type> }[AgentEventType];

/** Takes events of any user; delivers each to its own user only. */
export interface EventBridge {
  deliver(event: AgentEvent): void;
}

export interface EventOrigin {
  readonly user_id: string;
  readonly thread_id: string;
  readonly run_id: string;
}

/** How far the events of a run are numbered. The agents of one run share it. */
export interface RunNumbering {
  last: number;
}

/** The events of one agent in a run: gives each its envelope and number, sanitises it, hands it to the bridge. */
export class RunEvents {
  readonly #origin: EventOrigin;
  readonly #agentName: string;
  readonly #bridge: EventBridge;
  readonly #numbering: RunNumbering;

  constructor(
    origin: EventOrigin,
    agentName: string,
    bridge: EventBridge,
    numbering: RunNumbering = { last: 0 },
  ) {
    this.#origin = origin;
    this.#agentName = agentName;
    this.#bridge = bridge;
    this.#numbering = numbering;
  }

  emit<Type extends AgentEventType>(type: Type, payload: AgentEventPayloads[Type]): void {
    if (!(mutated('repeat-seq') && type === 'agent_thinking')) this.#numbering.last += 1;
    const event = {
      type: mutated('swap-events') ? swapped(type) : type,
      event_id: randomUUID(),
      seq: this.#numbering.last,
      run_id: this.#origin.run_id,
      thread_id: this.#origin.thread_id,
      user_id: this.#origin.user_id,
      agent_name: this.#agentName,
      timestamp: new Date().toISOString(),
      payload: safePayload(type, payload),
    };
    // `type` and `payload` belong together by this method's signature; the compiler cannot follow that into the union.
    this.#bridge.deliver(event as AgentEvent);
  }
}

const swapped = (type: AgentEventType): AgentEventType =>
  type === 'tool_executing' ? 'tool_completed' : type === 'tool_completed' ? 'tool_executing' : type;

function safePayload(type: AgentEventType, payload: object): object {
  return sanitised(payload, type === 'tool_executing' ? TEXT_LIMITS.argument : TEXT_LIMITS[textOf(type)]);
}

const textOf = (type: AgentEventType): 'result' | 'answer' | 'error' =>
  type === 'tool_completed' ? 'result' : type === 'agent_error' ? 'error' : 'answer';

/** The one part of each payload that may be of any size. */
const BULK = {
  agent_started: ['message'],
  agent_thinking: ['thought'],
  tool_executing: ['args'],
  tool_completed: ['result', 'error'],
  agent_completed: ['result'],
  agent_error: ['context'],
} as const satisfies Record<AgentEventType, readonly string[]>;
/** `,"recovered":true`, which an event may be given later */
const MARK_BYTES = 17;

/**
 * The event itself, or, where it would be more than `most` bytes on the wire, one with only the beginning of its bulk:
 * of text the first 500 characters, of anything else `{ truncated: true, preview }`. The rest of it stays whole.
 */
export function fitted(event: AgentEvent, most: number): AgentEvent {
  if (Buffer.byteLength(JSON.stringify(event)) <= most - MARK_BYTES || mutated('send-any-size')) return event;
  const names: readonly string[] = BULK[event.type];
  const payload = Object.entries(event.payload).map(([name, part]: [string, unknown]) => [
    name,
    names.includes(name) ? beginning(part) : part,
  ]);
  // The same keys with the same kinds of value; `fromEntries` forgets that.
  return { ...event, payload: Object.fromEntries(payload) } as AgentEvent;
}

function beginning(part: unknown): unknown {
  if (typeof part === 'string') return `${part.slice(0, TEXT_LIMITS.result - 1)}…`;
  return { truncated: true, preview: JSON.stringify(part).slice(0, TEXT_LIMITS.result) };
}
