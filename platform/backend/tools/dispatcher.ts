/**
 * Runs tools for one user. A tool that fails, is unknown, is denied, is too slow or is asked too often is a result, not a
 * throw. Every call leaves a usage row; every execution sends its two events. Dispatchers come from `dispatchers` alone.
 */
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { ADMIN_TOOLS } from '../../shared/critical-values.ts';
import type { Database } from '../../shared/database.ts';
import type { RunEvents } from '../../shared/events.ts';
import { log, reasonOf } from '../../shared/log.ts';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from '../agents/context.ts';
import type { ToolDescription } from '../llm-client.ts';

export type Tier = 'basic' | 'enterprise';
/** What a user may do, as the auth service says. */
export interface Rights {
  readonly permissions: readonly string[];
  readonly tier: Tier;
}

export interface ToolCall {
  readonly context: UserExecutionContext;
  readonly database: Database;
  /** aborted at the tool's time-out and on clean-up */
  readonly signal: AbortSignal;
}

export interface Tool extends ToolDescription {
  /** what a user must have to run it */
  readonly permission: string;
  /** ms */
  readonly timeout?: number;
  run(args: unknown, call: ToolCall): Promise<unknown>;
}

export type UsageStatus =
  | 'success'
  | 'error'
  | 'timeout'
  | 'not_found'
  | 'permission_denied'
  | 'rate_limited';
export type ToolResult = {
  readonly tool_name: string;
  readonly user_id: string;
  readonly execution_time_ms: number;
} & (
  | { readonly success: true; readonly status: 'success'; readonly result: unknown }
  | { readonly success: false; readonly status: Exclude<UsageStatus, 'success'>; readonly error: string }
);

export interface DispatcherParts {
  readonly context: UserExecutionContext;
  readonly rights: Rights;
  readonly events: RunEvents;
  readonly database: Database;
  readonly limiter: RateLimiterAbstract;
  readonly tools: readonly Tool[];
  /** ms, for a tool that names no time-out of its own */
  readonly timeout: number;
  readonly onClose: (dispatcher: ToolDispatcher) => void;
}

/** Only who has it may construct; it never leaves this folder's door. */
export const CONSTRUCTION = Symbol('made by the factory');
const isAdminTool = (name: string): boolean => ADMIN_TOOLS.some((tool) => tool === name);

export class ToolDispatcher {
  readonly #parts: DispatcherParts;
  readonly #tools = new Map<string, Tool>();
  readonly #closing = new AbortController();
  readonly #counts: Record<UsageStatus, number> = {
    success: 0,
    error: 0,
    timeout: 0,
    not_found: 0,
    permission_denied: 0,
    rate_limited: 0,
  };

  constructor(made: symbol, parts: DispatcherParts) {
    if (made !== CONSTRUCTION && !mutated('public-dispatcher'))
      throw new TypeError('a ToolDispatcher is made by its factory only');
    this.#parts = parts;
    for (const tool of parts.tools) this.register(tool);
  }

  get user_id(): string {
    return this.#parts.context.user_id;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** @throws for a name that is taken, and for an admin tool that asks for less than `admin` */
  register(tool: Tool): void {
    this.#refuseIfClosed();
    if (isAdminTool(tool.name) && tool.permission !== 'admin' && !mutated('weak-admin-tools'))
      throw new Error(`${tool.name} is an admin tool and must need the permission admin`);
    if (this.#tools.has(tool.name)) throw new Error(`${tool.name} is registered already`);
    this.#tools.set(tool.name, tool);
  }

  has(name: string): boolean {
    return this.#tools.has(name);
  }

  /** What this user may run. */
  list(): readonly ToolDescription[] {
    return [...this.#tools.values()]
      .filter((tool) => this.#allows(tool))
      .map(({ name, description, parameters }) => ({ name, description, parameters }));
  }

  /** @throws only after `cleanup` */
  async execute(name: string, args: unknown): Promise<ToolResult> {
    this.#refuseIfClosed();
    const started = performance.now();
    const outcome = await this.#outcome(name, args);
    const execution_time_ms = Math.round(performance.now() - started);
    const result: ToolResult = { tool_name: name, user_id: this.user_id, execution_time_ms, ...outcome };
    this.#counts[result.status] += 1;
    await this.#record(result);
    const ran = result.success || result.status === 'error' || result.status === 'timeout';
    if (ran && !(mutated('silent-tool-failures') && !result.success)) this.#sendCompleted(result);
    return result;
  }

  metrics(): Readonly<Record<UsageStatus, number>> {
    return { ...this.#counts };
  }

  /** Stops what runs. Cleaning up again does nothing. */
  cleanup(): void {
    if (this.closed) return;
    this.#closing.abort();
    this.#tools.clear();
    this.#parts.onClose(this);
  }

  async #outcome(name: string, args: unknown): Promise<Outcome> {
    const tool = this.#tools.get(name);
    if (tool === undefined) return { success: false, status: 'not_found', error: `there is no tool ${name}` };
    if (!this.#allows(tool))
      return {
        success: false,
        status: 'permission_denied',
        error: `${name} needs the permission ${tool.permission}`,
      };
    if (!(await this.#withinRate()))
      return { success: false, status: 'rate_limited', error: 'too many tool calls in the last hour' };
    this.#parts.events.emit('tool_executing', { tool_name: name, args, description: tool.description });
    return this.#run(tool, args);
  }

  async #run(tool: Tool, args: unknown): Promise<Outcome> {
    const timeout = tool.timeout ?? this.#parts.timeout;
    const stop = new AbortController();
    const timer = setTimeout(
      () => stop.abort('timeout'),
      mutated('no-tool-timeout') ? timeout * 100 : timeout,
    );
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    try {
      const stopped = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      return {
        success: true,
        status: 'success',
        result: await Promise.race([this.#call(tool, args, signal), stopped]),
      };
    } catch (error) {
      if (mutated('throw-tool-failures')) throw error;
      if (stop.signal.aborted)
        return { success: false, status: 'timeout', error: `${tool.name} took longer than ${timeout} ms` };
      return { success: false, status: 'error', error: reasonOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Async, so that a tool that throws at once fails like one that throws later. */
  async #call(tool: Tool, args: unknown, stop: AbortSignal): Promise<unknown> {
    const { context, database } = this.#parts;
    const signal = mutated('no-tool-cancellation') ? new AbortController().signal : stop;
    return tool.run(args, { context, database, signal });
  }

  #allows(tool: Tool): boolean {
    return mutated('skip-permission-check') || this.#parts.rights.permissions.includes(tool.permission);
  }

  async #withinRate(): Promise<boolean> {
    try {
      if (!mutated('no-tool-rate')) await this.#parts.limiter.consume(this.user_id);
      return true;
    } catch (limit) {
      if (limit instanceof Error) throw limit;
      return false;
    }
  }

  async #record({ status, tool_name, execution_time_ms }: ToolResult): Promise<void> {
    if (mutated('skip-usage-row')) return;
    const { context, rights, database } = this.#parts;
    try {
      await database.query(
        `insert into tool_usage (user_id, run_id, tool_name, status, tier, execution_time_ms) values ($1, $2, $3, $4, $5, $6)`,
        [context.user_id, context.run_id, tool_name, status, rights.tier, execution_time_ms],
      );
    } catch (error) {
      // The user keeps the answer; what is lost is the account of it, and that is said.
      log('error', 'tool usage row lost', { tool_name, run_id: context.run_id, reason: reasonOf(error) });
    }
  }

  #sendCompleted(result: ToolResult): void {
    const { tool_name, execution_time_ms } = result;
    const ending = result.success
      ? { status: 'success' as const, result: result.result }
      : { status: 'error' as const, error: result.error };
    this.#parts.events.emit('tool_completed', { tool_name, execution_time_ms, ...ending });
  }

  #refuseIfClosed(): void {
    if (this.closed) throw new Error('this tool dispatcher has been cleaned up');
  }
}

type Outcome =
  | { readonly success: true; readonly status: 'success'; readonly result: unknown }
  | { readonly success: false; readonly status: Exclude<UsageStatus, 'success'>; readonly error: string };
