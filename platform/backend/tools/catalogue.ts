/** The tools that agents can use. Each asks for its own user's rows only, but those of `admin-tools.ts`. */
import { isUuid } from '../../shared/bodies.ts';
import { adminTools } from './admin-tools.ts';
import { argument, wholeNumber } from './arguments.ts';
import type { Tool } from './dispatcher.ts';

const queryUsage: Tool = {
  name: 'query_usage',
  description: 'How often you used each tool lately',
  parameters: { type: 'object', properties: { days: { type: 'integer', minimum: 1, maximum: 365 } } },
  permission: 'chat',
  run: async (args, { context, database }) => {
    const days = wholeNumber(args, 'days', 30, 365);
    const tools = await database.query(
      `select tool_name, count(*)::int as calls, count(*) filter (where status <> 'success')::int as failures
       from tool_usage where user_id = $1 and created_at > now() - make_interval(days => $2)
       group by tool_name order by tool_name`,
      [context.user_id, days],
    );
    return { days, tools };
  },
};

const threadStats: Tool = {
  name: 'thread_stats',
  description: 'How many messages your conversation has',
  parameters: { type: 'object', properties: { thread_id: { type: 'string', format: 'uuid' } } },
  permission: 'chat',
  run: async (args, { context, database }) => {
    const thread_id = argument(args, 'thread_id') ?? context.thread_id;
    if (typeof thread_id !== 'string' || !isUuid(thread_id)) throw new Error('thread_id must be a uuid');
    const [stats] = await database.query(
      `select t.id as thread_id, t.title, count(m.id)::int as messages
       from threads t left join messages m on m.thread_id = t.id
       where t.id = $1 and t.user_id = $2 group by t.id`,
      [thread_id, context.user_id],
    );
    if (stats === undefined) throw new Error('you have no such thread');
    return stats;
  },
};

export const catalogue: readonly Tool[] = [queryUsage, threadStats, ...adminTools];
