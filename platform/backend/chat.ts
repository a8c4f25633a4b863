/**
 * One user message, one agent run: its thread, its rows, its context, its engine, its events. Whatever goes wrong after
 * the run has begun ends in one `agent_error` and a row that says so; before that, in an error to the sender alone.
 */
import { randomUUID } from 'node:crypto';
import { log, reasonOf } from '../shared/log.ts';
import { createContext } from './agents/context.ts';
import { type Engine, LimitReached } from './agents/engine.ts';
import { conduct, PipelineRefused } from './agents/pipeline.ts';
import type { AgentRegistry } from './agents/registry.ts';
import { ModelFailed } from './llm-client.ts';
import type { Sessions } from './sessions.ts';
import type { Connection, UserMessage } from './sockets/index.ts';
import type { Thread, Threads } from './threads.ts';

const TITLE_LENGTH = 80;

export class Chat {
  readonly #threads: Threads;
  readonly #sessions: Sessions;
  readonly #registry: AgentRegistry;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(threads: Threads, sessions: Sessions, registry: AgentRegistry) {
    this.#threads = threads;
    this.#sessions = sessions;
    this.#registry = registry;
  }

  receive(message: UserMessage, connection: Connection): void {
    const work = this.#receive(message, connection).finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  /** Stops every run and returns when each has told its user and its row. */
  async close(): Promise<void> {
    this.#registry.cleanUpAll();
    await Promise.all(this.#inFlight);
  }

  async #receive(message: UserMessage, connection: Connection): Promise<void> {
    try {
      const thread = await this.#threadOf(message, connection.principal.user_id);
      if (thread === undefined) return connection.sendError('thread_not_found', 'you have no such thread');
      await this.#answer(message.content, thread, connection);
    } catch (error) {
      if (error instanceof LimitReached) return connection.sendError('engine_limit', error.message);
      log('error', 'message not taken', { user_id: connection.principal.user_id, reason: reasonOf(error) });
      connection.sendError('unavailable', 'the message was not taken; try again');
    }
  }

  async #threadOf({ thread_id, content }: UserMessage, user_id: string): Promise<Thread | undefined> {
    if (thread_id !== undefined) return this.#threads.find(user_id, thread_id);
    return this.#threads.create(user_id, content.slice(0, TITLE_LENGTH));
  }

  async #answer(question: string, thread: Thread, { principal, id }: Connection): Promise<void> {
    const context = createContext({
      user_id: principal.user_id,
      thread_id: thread.id,
      run_id: randomUUID(),
      session_id: principal.session_id,
      websocket_client_id: id,
      metadata: { permissions: principal.permissions },
    });
    const engine = this.#registry.open(context);
    try {
      const { user_id, session_id, thread_id } = context;
      await this.#sessions.remember({ user_id, session_id, thread_id });
      await this.#threads.startRun(context.run_id, thread.id, question);
      await this.#run(engine, question);
    } finally {
      engine.close();
    }
  }

  async #run(engine: Engine, question: string): Promise<void> {
    const { context } = engine;
    const started = performance.now();
    try {
      const { text, toolsUsed } = await conduct(engine, question);
      // First the row, then the event: who hears of an answer can read it.
      await this.#threads.completeRun(context.run_id, context.thread_id, text, toolsUsed);
      engine.events.emit('agent_completed', {
        status: 'success',
        result: text,
        tools_used: toolsUsed,
        total_execution_time_ms: Math.round(performance.now() - started),
      });
    } catch (error) {
      const { stage } = engine;
      log('error', 'agent run failed', { run_id: context.run_id, stage, reason: reasonOf(error) });
      const { code, message } = engine.closed ? STOPPED : shownFailure(error);
      await this.#threads.failRun(context.run_id, reasonOf(error)).catch((lost: unknown) => {
        log('error', 'failed run not recorded', { run_id: context.run_id, reason: reasonOf(lost) });
      });
      engine.events.emit('agent_error', { code, message, context: { stage, run_id: context.run_id } });
    }
  }
}

const STOPPED = { code: 'cancelled', message: 'the run was stopped' } as const;

/** What the user is told: what happened, without our addresses or stack. */
function shownFailure(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ModelFailed) return { code: 'model_failed', message: error.message };
  if (error instanceof PipelineRefused) return { code: 'pipeline_refused', message: error.message };
  return { code: 'internal_error', message: 'the agent could not finish' };
}
