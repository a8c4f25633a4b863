/**
 * The one index of values that break production when two places disagree: service ids, event names, tables, cache
 * keys, environment variables. Code, tests and docs all read them from here.
 */

/** Stable for ever. A deploy script that appends a date or an epoch to one of these locks everybody out. */
export const SERVICE_IDS = { auth: 'netra-auth', backend: 'netra-backend' } as const;

export const TOKEN_ISSUER = 'netra-auth-service';
export const TOKEN_AUDIENCES = {
  access: 'netra-platform',
  refresh: 'netra-platform',
  service: 'netra-services',
} as const;
export type TokenType = keyof typeof TOKEN_AUDIENCES;

const AGENT_EVENT_TYPES = [
  'agent_started',
  'agent_thinking',
  'tool_executing',
  'tool_completed',
  'agent_completed',
  'agent_error',
] as const;
export type AgentEventType = (typeof AGENT_EVENT_TYPES)[number];

/** The only order in which stages may follow one another. Optimizing before there is data gave empty results. */
export const PIPELINE = ['triage', 'data', 'optimization', 'actions', 'reporting'] as const;
export type Stage = (typeof PIPELINE)[number];

export const TABLES = {
  users: 'users',
  threads: 'threads',
  messages: 'messages',
  runs: 'runs',
  toolUsage: 'tool_usage',
  authSessions: 'auth_sessions',
  authAudit: 'auth_audit',
} as const;

/** Redis keys; times to live in seconds. */
export const CACHE_KEYS = {
  session: (id: string) => `session:${id}`,
  threadMeta: (id: string) => `thread:${id}:meta`,
  authSession: (id: string) => `auth:session:${id}`,
  revokedToken: (jti: string) => `auth:revoked:${jti}`,
} as const;
export const CACHE_SECONDS = { session: 3600, threadMeta: 1800 } as const;

/** Tools that change or reveal what belongs to everyone; each needs the permission `admin`, whatever it declares. */
export const ADMIN_TOOLS: readonly string[] = [
  'corpus_create',
  'corpus_update',
  'corpus_delete',
  'user_admin',
  'system_config',
  'log_analyzer',
  'synthetic_generator',
];

export const ENVIRONMENTS = ['production', 'staging', 'development', 'test'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** The names that the front end is built with, and that discovery (`/auth/config`) answers. */
export const FRONTEND_VARIABLES = {
  api: 'NEXT_PUBLIC_API_URL',
  ws: 'NEXT_PUBLIC_WS_URL',
  auth: 'NEXT_PUBLIC_AUTH_URL',
  environment: 'NEXT_PUBLIC_ENVIRONMENT',
} as const;

/** Where each environment is reached from outside. */
export const PUBLIC_HOSTS = {
  production: {
    app: 'https://app.netrasystems.ai',
    api: 'https://api.netrasystems.ai',
    ws: 'wss://api.netrasystems.ai/ws',
    auth: 'https://auth.netrasystems.ai',
  },
  staging: {
    app: 'https://app.staging.netrasystems.ai',
    api: 'https://api.staging.netrasystems.ai',
    ws: 'wss://api.staging.netrasystems.ai/ws',
    auth: 'https://auth.staging.netrasystems.ai',
  },
  development: {
    app: 'http://localhost:3000',
    api: 'http://localhost:8000',
    ws: 'ws://localhost:8000/ws',
    auth: 'http://localhost:8081',
  },
  test: {
    app: 'http://localhost:3000',
    api: 'http://localhost:8000',
    ws: 'ws://localhost:8000/ws',
    auth: 'http://localhost:8081',
  },
} as const satisfies Record<EnvironmentName, Record<'app' | 'api' | 'ws' | 'auth', string>>;
