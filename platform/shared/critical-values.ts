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
  admin: 'netra-admin',
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
  sessionState: 'session_state',
  authSessions: 'auth_sessions',
  authAudit: 'auth_audit',
} as const;

/** Redis keys; times to live in seconds. */
export const CACHE_KEYS = {
  session: (id: string) => `session:${id}`,
  userSession: (userId: string) => `user:${userId}:session`,
  preferences: (userId: string) => `user:${userId}:preferences`,
  persistentSession: (id: string) => `persistent:session:${id}`,
  threadMeta: (id: string) => `thread:${id}:meta`,
  authSession: (id: string) => `auth:session:${id}`,
  revokedToken: (jti: string) => `auth:revoked:${jti}`,
  loginFailures: (email: string) => `auth:failures:${email}`,
  loginLock: (email: string) => `auth:lock:${email}`,
  oauthState: (state: string) => `auth:oauth:${state}`,
} as const;
export const CACHE_SECONDS = {
  session: 3600,
  userSession: 3600,
  preferences: 1800,
  threadMeta: 1800,
  persistentSession: 86_400,
} as const;

/** Tools that change or reveal what belongs to everyone; each needs the permission `admin`, whatever it declares. */
export const ADMIN_TOOLS = [
  'corpus_create',
  'corpus_update',
  'corpus_delete',
  'user_admin',
  'system_config',
  'log_analyzer',
  'synthetic_generator',
] as const;

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

/** Ids that stand for nobody: what carries one belongs to no run and to no user. */
export const PLACEHOLDER_IDS: ReadonlySet<string> = new Set([
  'registry',
  'placeholder',
  'default',
  'temp',
  'none',
  'null',
  'undefined',
  '0',
  '1',
  'xxx',
  'yyy',
  'example',
]);

/** What a full queue gives up first: a thought is followed by the next, everything else happens once. */
export const EVICTED_FIRST: ReadonlySet<AgentEventType> = new Set(['agent_thinking']);

/** What sockets allow: the contract's value of each limit, and the variable that replaces it. Times in ms. */
export const SOCKET_LIMITS = {
  connectionsPerUser: { variable: 'WS_CONNECTIONS_PER_USER', usual: 3 },
  messages: { variable: 'WS_MESSAGES_PER_MINUTE', usual: 30 },
  messagePeriod: { variable: 'WS_MESSAGE_PERIOD_MS', usual: 60_000 },
  messageBytes: { variable: 'WS_MESSAGE_BYTES', usual: 8_192 },
  eventBytes: { variable: 'WS_EVENT_BYTES', usual: 10_240 },
  heartbeat: { variable: 'WS_HEARTBEAT_MS', usual: 45_000 },
  /** without a message from the client */
  idle: { variable: 'WS_IDLE_MS', usual: 300_000 },
  deliveryAttempts: { variable: 'WS_DELIVERY_ATTEMPTS', usual: 3 },
  /** before the second attempt; doubles */
  deliveryDelay: { variable: 'WS_DELIVERY_DELAY_MS', usual: 100 },
  longestDeliveryDelay: { variable: 'WS_LONGEST_DELIVERY_DELAY_MS', usual: 2_000 },
  /** that wait for a reader who is behind */
  outboundEvents: { variable: 'WS_OUTBOUND_EVENTS', usual: 1_000 },
  /** that a socket may hold unsent; above it, events wait in the queue */
  socketBytes: { variable: 'WS_SOCKET_BYTES', usual: 65_536 },
  /** that wait for a user who is away */
  offlineEvents: { variable: 'WS_OFFLINE_EVENTS', usual: 50 },
  offlineLife: { variable: 'WS_OFFLINE_MS', usual: 3_600_000 },
} as const;
