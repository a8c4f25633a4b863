/**
 * Tools and who may run them. In: a context, the user's rights, where events go. Out: dispatchers, made here and nowhere
 * else, at most ten a user at once: the eleventh ends the oldest. Whoever asks for one gives it back with `cleanup`.
 */
import type { Cache } from '../../shared/cache.ts';
import type { Database } from '../../shared/database.ts';
import type { RunEvents } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import { RateLimiterMemory, RateLimiterRedis } from '../../shared/rate-limiters.ts';
import type { UserExecutionContext } from '../agents/context.ts';
import { catalogue } from './catalogue.ts';
import { CONSTRUCTION, type Rights, type Tier, ToolDispatcher } from './dispatcher.ts';

export { type Rights, type Tier, type Tool, ToolDispatcher, type ToolResult } from './dispatcher.ts';

const DISPATCHERS_PER_USER = 10;
const CALLS_PER_HOUR = { basic: 50, enterprise: 1_000 } as const satisfies Record<Tier, number>;
/** ms that a tool may take where it names no time of its own */
export const TOOL_TIMEOUT = 30_000;

/** An admin dispatcher was asked for by who is none. */
export class NotAdmin extends Error {}

type Make = (context: UserExecutionContext, rights: Rights, events: RunEvents) => ToolDispatcher;

export interface DispatcherFactory {
  /** For one request. */
  readonly forRequest: Make;
  /** For what a user is doing now: the same one for the same run with the same rights; another run ends it. */
  readonly forUser: Make;
  /** @throws NotAdmin */
  readonly forAdmin: Make;
  /** Cleans up when `work` ends, however it ends. */
  scoped<T>(
    context: UserExecutionContext,
    rights: Rights,
    events: RunEvents,
    work: (dispatcher: ToolDispatcher) => Promise<T>,
  ): Promise<T>;
  /** Cleans up every dispatcher of the user, and nobody else's. */
  cleanUp(user_id: string): void;
  /** dispatchers that are open for the user */
  open(user_id: string): number;
}

/** @param timeout ms that a tool may take where it names no time of its own */
export function dispatchers(database: Database, cache: Cache, timeout = TOOL_TIMEOUT): DispatcherFactory {
  const byUser = new Map<string, Set<ToolDispatcher>>();
  const lasting = new Map<string, { readonly of: string; readonly dispatcher: ToolDispatcher }>();
  const limiters = { basic: limiterFor('basic', cache), enterprise: limiterFor('enterprise', cache) };

  const forRequest: Make = (context, rights, events) => {
    const { user_id } = context;
    const open = byUser.get(user_id) ?? new Set();
    const [oldest] = open; // a Set keeps the order of insertion
    if (open.size >= DISPATCHERS_PER_USER && !mutated('keep-all-dispatchers')) oldest?.cleanup();
    const dispatcher = new ToolDispatcher(CONSTRUCTION, {
      context,
      rights,
      events,
      database,
      limiter: limiters[rights.tier],
      tools: catalogue,
      timeout,
      onClose: (closed) => {
        open.delete(closed);
        if (open.size === 0 && byUser.get(user_id) === open) byUser.delete(user_id);
        if (lasting.get(user_id)?.dispatcher === closed) lasting.delete(user_id);
      },
    });
    byUser.set(user_id, open); // after the eviction, which may have emptied and forgotten it
    open.add(dispatcher);
    return dispatcher;
  };

  return {
    forRequest,
    forUser: (context, rights, events) => {
      const whose = mutated('share-user-dispatcher') ? '' : context.user_id;
      const of = mutated('share-user-dispatcher') ? '' : JSON.stringify([context.run_id, rights]);
      const present = lasting.get(whose);
      if (present?.of === of) return present.dispatcher;
      present?.dispatcher.cleanup();
      const dispatcher = forRequest(context, rights, events);
      lasting.set(whose, { of, dispatcher });
      return dispatcher;
    },
    forAdmin: (context, rights, events) => {
      if (!rights.permissions.includes('admin') && !mutated('admin-for-everyone'))
        throw new NotAdmin('an admin dispatcher needs the permission admin');
      return forRequest(context, rights, events);
    },
    scoped: async (context, rights, events, work) => {
      const dispatcher = forRequest(context, rights, events);
      try {
        return await work(dispatcher);
      } finally {
        if (!mutated('keep-scope-open')) dispatcher.cleanup();
      }
    },
    cleanUp: (user_id) => {
      for (const dispatcher of [...(byUser.get(user_id) ?? [])]) dispatcher.cleanup();
    },
    open: (user_id) => byUser.get(user_id)?.size ?? 0,
  };
}

/** Counts in Redis, so that it holds across processes; by itself while Redis is away. */
function limiterFor(tier: Tier, cache: Cache): RateLimiterRedis {
  const limit = { points: CALLS_PER_HOUR[tier], duration: 3_600 };
  return new RateLimiterRedis({
    storeClient: cache.strict,
    keyPrefix: `tools:${tier}`,
    ...limit,
    insuranceLimiter: new RateLimiterMemory(limit),
  });
}
