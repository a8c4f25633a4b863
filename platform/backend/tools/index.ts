/**
 * Tools and who may run them. In: a context, the user's rights, where events go. Out: dispatchers, made here and nowhere
 * else, at most ten a user at once: the eleventh ends the oldest.
 */
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Cache } from '../../shared/cache.ts';
import type { Database } from '../../shared/database.ts';
import type { RunEvents } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import type { UserExecutionContext } from '../agents/context.ts';
import { catalogue } from './catalogue.ts';
import { CONSTRUCTION, type Rights, type Tier, ToolDispatcher } from './dispatcher.ts';

export { type Rights, type Tier, type Tool, ToolDispatcher, type ToolResult } from './dispatcher.ts';

const DISPATCHERS_PER_USER = 10;
const CALLS_PER_HOUR = { basic: 50, enterprise: 1_000 } as const satisfies Record<Tier, number>;

/** An admin dispatcher was asked for by who is none. */
export class NotAdmin extends Error {}

export interface DispatcherFactory {
  forRequest(context: UserExecutionContext, rights: Rights, events: RunEvents): ToolDispatcher;
  /** @throws NotAdmin */
  forAdmin(context: UserExecutionContext, rights: Rights, events: RunEvents): ToolDispatcher;
  /** Cleans up when `work` ends, however it ends. */
  scoped<T>(
    context: UserExecutionContext,
    rights: Rights,
    events: RunEvents,
    work: (dispatcher: ToolDispatcher) => Promise<T>,
  ): Promise<T>;
  /** dispatchers that are open for the user */
  open(user_id: string): number;
}

export function dispatchers(database: Database, cache: Cache): DispatcherFactory {
  const byUser = new Map<string, Set<ToolDispatcher>>();
  const limiters = { basic: limiterFor('basic', cache), enterprise: limiterFor('enterprise', cache) };

  const forRequest: DispatcherFactory['forRequest'] = (context, rights, events) => {
    const { user_id } = context;
    const open = byUser.get(user_id) ?? new Set();
    byUser.set(user_id, open);
    const [oldest] = open; // a Set keeps the order of insertion
    if (open.size >= DISPATCHERS_PER_USER && !mutated('keep-all-dispatchers')) oldest?.cleanup();
    const dispatcher = new ToolDispatcher(CONSTRUCTION, {
      context,
      rights,
      events,
      database,
      limiter: limiters[rights.tier],
      tools: catalogue,
      onClose: (closed) => {
        open.delete(closed);
        if (open.size === 0 && byUser.get(user_id) === open) byUser.delete(user_id);
      },
    });
    byUser.set(user_id, open);
    open.add(dispatcher);
    return dispatcher;
  };

  return {
    forRequest,
    forAdmin: (context, rights, events) => {
      if (!rights.permissions.includes('admin'))
        throw new NotAdmin('an admin dispatcher needs the permission admin');
      return forRequest(context, rights, events);
    },
    scoped: async (context, rights, events, work) => {
      const dispatcher = forRequest(context, rights, events);
      try {
        return await work(dispatcher);
      } finally {
        dispatcher.cleanup();
      }
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
