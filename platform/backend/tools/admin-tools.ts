/** The seven tools that change or reveal what belongs to everyone. Each needs the permission `admin`. */
import type { ADMIN_TOOLS } from '../../shared/critical-values.ts';
import { argument, oneOf, text, textList, wholeNumber } from './arguments.ts';
import type { Tool, ToolCall } from './dispatcher.ts';

const CORPUS = /^[a-z0-9][a-z0-9-]{0,62}$/;
const SETTING = /^[a-z][a-z0-9_.]{0,62}$/;
const TEXTS = { type: 'array', items: { type: 'string' } };

type AdminTool = Pick<Tool, 'description' | 'run'> & { readonly properties: object };

/** The first row, or what is wrong. */
async function row({ database }: ToolCall, none: string, sql: string, values: readonly unknown[]) {
  const [found] = await database.query(sql, values);
  if (found === undefined) throw new Error(none);
  return found;
}

const tools: Readonly<Record<(typeof ADMIN_TOOLS)[number], AdminTool>> = {
  corpus_create: {
    description: 'Make a new collection of documents',
    properties: { name: { type: 'string' }, documents: TEXTS },
    run: (args, call) =>
      row(
        call,
        'there is a corpus of this name',
        `insert into corpora (name, documents, created_by) values ($1, $2, $3) on conflict do nothing
         returning name, jsonb_array_length(documents) as documents`,
        [text(args, 'name', CORPUS), JSON.stringify(textList(args, 'documents') ?? []), call.context.user_id],
      ),
  },
  corpus_update: {
    description: 'Replace the documents of a collection',
    properties: { name: { type: 'string' }, documents: TEXTS },
    run: (args, call) =>
      row(
        call,
        'there is no such corpus',
        `update corpora set documents = $2, updated_at = now() where name = $1
         returning name, jsonb_array_length(documents) as documents`,
        [text(args, 'name', CORPUS), JSON.stringify(textList(args, 'documents') ?? [])],
      ),
  },
  corpus_delete: {
    description: 'Delete a collection and its documents',
    properties: { name: { type: 'string' } },
    run: (args, call) =>
      row(call, 'there is no such corpus', 'delete from corpora where name = $1 returning name', [
        text(args, 'name', CORPUS),
      ]),
  },
  user_admin: {
    description: 'Look at a user, or change their tier or permissions',
    properties: { email: { type: 'string' }, tier: { enum: ['basic', 'enterprise'] }, permissions: TEXTS },
    run: (args, call) =>
      row(
        call,
        'there is no such user',
        `update users set tier = coalesce($2, tier), permissions = coalesce($3, permissions),
           updated_at = case when $2 is null and $3 is null then updated_at else now() end
         where email = lower($1) returning id, email, tier, permissions, is_active`,
        [
          text(args, 'email', /@/),
          oneOf(args, 'tier', ['basic', 'enterprise']) ?? null,
          textList(args, 'permissions') ?? null,
        ],
      ),
  },
  system_config: {
    description: 'Read a setting of the platform, or give it a value',
    properties: { key: { type: 'string' }, value: {} },
    run: (args, call) => {
      const [key, value] = [text(args, 'key', SETTING), argument(args, 'value')];
      const none = 'there is no such setting';
      if (value === undefined)
        return row(call, none, 'select key, value from system_settings where key = $1', [key]);
      return row(
        call,
        none,
        `insert into system_settings (key, value, updated_by) values ($1, $2, $3)
         on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()
         returning key, value`,
        [key, JSON.stringify(value), call.context.user_id],
      );
    },
  },
  log_analyzer: {
    description: 'How tool calls ended, over all users',
    properties: { days: { type: 'integer', minimum: 1, maximum: 365 } },
    run: async (args, { database }) => {
      const days = wholeNumber(args, 'days', 1, 365);
      const endings = await database.query(
        `select status, count(*)::int as calls from tool_usage
         where created_at > now() - make_interval(days => $1) group by status order by status`,
        [days],
      );
      return { days, endings };
    },
  },
  synthetic_generator: {
    description: 'Add made-up documents to a collection, for trying things out',
    properties: { name: { type: 'string' }, count: { type: 'integer', minimum: 1, maximum: 100 } },
    run: (args, call) => {
      const count = wholeNumber(args, 'count', 10, 100);
      const made = Array.from({ length: count }, (_, at) => `synthetic document ${at + 1} of ${count}`);
      return row(
        call,
        'there is no such corpus',
        `update corpora set documents = documents || $2::jsonb, updated_at = now() where name = $1
         returning name, jsonb_array_length(documents) as documents`,
        [text(args, 'name', CORPUS), JSON.stringify(made)],
      );
    },
  },
};

export const adminTools: readonly Tool[] = Object.entries(tools).map(
  ([name, { properties, ...tool }]): Tool => ({
    name,
    ...tool,
    permission: 'admin',
    parameters: { type: 'object', properties },
  }),
);
