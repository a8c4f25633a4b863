/**
 * What the in-process suites need of the platform: a context with rows behind it, and its events. Events go through the
 * platform's own delivery, which keeps them for a user who is not connected; reading them is taking what was kept.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { agents, type ToolsForRun } from '../../platform/backend/agents/agents.ts';
import {
  createContext,
  type Metadata,
  type UserExecutionContext,
} from '../../platform/backend/agents/context.ts';
import { type Agent, AgentInstanceFactory } from '../../platform/backend/agents/instance-factory.ts';
import { languageModel } from '../../platform/backend/llm-client.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { dispatchers, type Rights } from '../../platform/backend/tools/index.ts';
import type { Cache } from '../../platform/shared/cache.ts';
import { PIPELINE } from '../../platform/shared/critical-values.ts';
import type { Database } from '../../platform/shared/database.ts';
import { type AgentEvent, type EventBridge, RunEvents } from '../../platform/shared/events.ts';
import { newOwner } from './database.ts';
import { start } from './service.ts';

export interface Work {
  readonly context: UserExecutionContext;
  readonly events: RunEvents;
  /** the events of this user since the last time */
  taken(): readonly AgentEvent[];
}

/** A context of nobody in particular: every id is new, no rows. */
export const someContext = (user_id: string = randomUUID(), metadata: Metadata = {}): UserExecutionContext =>
  createContext({
    user_id,
    thread_id: randomUUID(),
    run_id: randomUUID(),
    session_id: randomUUID(),
    metadata,
  });

/** A user with a thread and two messages in PostgreSQL, about to work. */
export async function newWork(database: Database, delivery = new EventDelivery()): Promise<Work> {
  const user_id = await newOwner(database);
  const [thread] = await database.query<{ id: string }>(
    `insert into threads (user_id, title) values ($1, $2) returning id`,
    [user_id, `thread of ${user_id}`],
  );
  if (thread === undefined) throw new Error('PostgreSQL returned no row for an insert');
  for (const role of ['user', 'assistant'])
    await database.query(
      `insert into messages (thread_id, role, content) values ($1, $2, '{"text":"hello"}')`,
      [thread.id, role],
    );
  const context = createContext({
    user_id,
    thread_id: thread.id,
    run_id: randomUUID(),
    session_id: randomUUID(),
  });
  return {
    context,
    events: new RunEvents(context, 'triage', delivery),
    taken: () => delivery.takeKept(user_id),
  };
}

/** The real model server, as a process of its own. Stopped by `stopServices`. */
export async function modelServer(): Promise<string> {
  const outcome = await start('llm', { ENVIRONMENT: 'test' });
  assert.ok(outcome.kind === 'listening', outcome.kind === 'refused' ? outcome.stderr : '');
  return outcome.service.url;
}

/** The platform's own five agents, on the real model and tools, heard by `bridge`. */
export function workingAgents(
  model: string,
  database: Database,
  cache: Cache,
  bridge: EventBridge,
): AgentInstanceFactory {
  const tools = dispatchers(database, cache);
  const rights: Rights = { permissions: ['chat'], tier: 'basic' };
  const toolsFor: ToolsForRun = async ({ context, events }) => tools.forRequest(context, rights, events);
  const factory = new AgentInstanceFactory(agents(languageModel(model), toolsFor));
  factory.connect(bridge);
  return factory;
}

/** An agent of each stage that says whose work it does, without a model: for tests of those who start and stop agents. */
export function plainAgents(bridge: EventBridge, agent: Agent = sayWhose): AgentInstanceFactory {
  const factory = new AgentInstanceFactory(new Map(PIPELINE.map((stage) => [stage, agent])));
  factory.connect(bridge);
  return factory;
}

const sayWhose: Agent = async ({ context, events }) => {
  events.emit('agent_thinking', { thought: `working for ${context.user_id}`, step: 1 });
  return { text: context.user_id, toolsUsed: [] };
};

/** An agent that works until it is stopped, and says when it has begun. */
export function endlessAgent(): { readonly agent: Agent; readonly begun: Promise<void> } {
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const agent: Agent = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      begin();
    });
  return { agent, begun };
}
