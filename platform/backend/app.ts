/** The HTTP face of the backend: threads, session and preferences of whoever the token belongs to, and health. */
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { isUuid, jsonBody, textField } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import type { Database } from '../shared/database.ts';
import { log, reasonOf } from '../shared/log.ts';
import { readiness } from '../shared/readiness.ts';
import type { AuthClient, Principal } from './auth-client.ts';
import type { Preferences } from './preferences.ts';
import type { Sessions } from './sessions.ts';
import type { EventDelivery } from './sockets/index.ts';
import type { Threads } from './threads.ts';

interface Signed {
  Variables: { principal: Principal };
}

const TITLE_LENGTH = 200;
/** characters of JSON */
const PREFERENCES_LENGTH = 4_096;
const error = (code: string, message: string, more: object = {}): object => ({
  error: { code, message, ...more },
});

export interface BackendParts {
  readonly auth: AuthClient;
  readonly threads: Threads;
  readonly sessions: Sessions;
  readonly preferences: Preferences;
  readonly database: Database;
  readonly cache: Cache;
  readonly delivery: EventDelivery;
}

export function backendApp(parts: BackendParts): Hono<Signed> {
  const { auth, threads, sessions, preferences, database, cache, delivery } = parts;
  const app = new Hono<Signed>();
  app.onError((cause, c) => {
    log('error', 'request failed', { path: c.req.path, reason: reasonOf(cause) });
    return c.json(error('unavailable', 'the service cannot answer now; try again'), 503);
  });
  app.get('/health', (c) =>
    c.json({ status: 'healthy', service: 'backend', timestamp: new Date().toISOString() }),
  );
  app.get(
    '/health/ready',
    readiness({ postgres: () => database.ping(), redis: () => cache.ping(), auth: () => auth.ping() }),
  );
  app.get('/health/counts', (c) => c.json({ events: delivery.counts() }));
  app.get('/ws', (c) =>
    c.json(error('upgrade_required', 'this address speaks WebSocket'), 426, { Upgrade: 'websocket' }),
  );

  const signedIn = createMiddleware<Signed>(async (c, next) => {
    const token = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined) return c.json(error('missing_token', 'an access token is needed'), 401);
    const identity = await auth.identify(token);
    if (identity.kind === 'refused')
      return c.json(error('invalid_token', `the token is refused: ${identity.reason}`), 401);
    if (identity.kind === 'unavailable') {
      const { symptom, cause } = identity;
      return c.json(error('auth_unavailable', 'try again in a moment', { symptom, cause }), 503);
    }
    c.set('principal', identity.principal);
    return next();
  });
  app.use('/api/*', signedIn);

  app.post('/api/threads', async (c) => {
    const title = textField((await jsonBody(c.req.raw)) ?? {}, 'title').trim();
    if (title === '' || title.length > TITLE_LENGTH)
      return c.json(error('validation_error', `title needs 1 to ${TITLE_LENGTH} characters`), 422);
    return c.json({ thread: await threads.create(c.var.principal.user_id, title) }, 201);
  });
  app.get('/api/threads', async (c) => c.json({ threads: await threads.list(c.var.principal.user_id) }));
  app.patch('/api/threads/:id', async (c) => {
    const [id, title] = [c.req.param('id'), textField((await jsonBody(c.req.raw)) ?? {}, 'title').trim()];
    if (title === '' || title.length > TITLE_LENGTH)
      return c.json(error('validation_error', `title needs 1 to ${TITLE_LENGTH} characters`), 422);
    const renamed = isUuid(id) && (await threads.rename(c.var.principal.user_id, id, title));
    return renamed ? c.body(null, 204) : c.json(error('thread_not_found', 'you have no such thread'), 404);
  });
  app.get('/api/threads/:id/messages', async (c) => {
    const id = c.req.param('id');
    const thread = isUuid(id) ? await threads.find(c.var.principal.user_id, id) : undefined;
    if (thread === undefined) return c.json(error('thread_not_found', 'you have no such thread'), 404);
    return c.json({ thread, messages: await threads.messages(thread.id) });
  });
  app.get('/api/session', async (c) => {
    const { user_id, session_id } = c.var.principal;
    const [state, latest] = [await sessions.state(user_id, session_id), await sessions.latest(user_id)];
    return c.json({ session_id, thread_id: state?.thread_id ?? null, latest_session_id: latest ?? null });
  });
  app.get('/api/preferences', async (c) =>
    c.json({ preferences: (await preferences.of(c.var.principal.user_id)) ?? {} }),
  );
  app.put('/api/preferences', async (c) => {
    const chosen = await jsonBody(c.req.raw);
    if (chosen === undefined || JSON.stringify(chosen).length > PREFERENCES_LENGTH)
      return c.json(error('validation_error', 'preferences must be a JSON object of at most 4 kB'), 422);
    const kept = await preferences.choose(c.var.principal.user_id, chosen);
    return kept ? c.body(null, 204) : c.json(error('user_not_found', 'this account is gone'), 404);
  });
  return app;
}
