/**
 * What the in-process suites need of the platform: a context with rows behind it, and its events. Events go through the
 * platform's own delivery, which keeps them for a user who is not connected; reading them is taking what was kept.
 */
import { randomUUID } from 'node:crypto';
import {
  createContext,
  type Metadata,
  type UserExecutionContext,
} from '../../platform/backend/agents/context.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import type { Database } from '../../platform/shared/database.ts';
import { type AgentEvent, RunEvents } from '../../platform/shared/events.ts';
import { newOwner } from './database.ts';

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
