/** The HTTP face of the auth service. Every refusal is `{ error: { code, message } }` with a status that says the same. */
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { isUuid, jsonBody, textField } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import {
  type EnvironmentName,
  FRONTEND_VARIABLES,
  PUBLIC_HOSTS,
  type TokenType,
} from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import type { IsolatedEnvironment } from '../shared/environment.ts';
import { log, reasonOf } from '../shared/log.ts';
import { mutated } from '../shared/mutations.ts';
import { readiness } from '../shared/readiness.ts';
import { Tokens } from '../shared/tokens.ts';
import { type Account, Accounts } from './accounts.ts';
import { checkService } from './service-credentials.ts';
import { type Rotation, Sessions } from './sessions.ts';
import { AUTH_SETTINGS } from './settings.ts';

export interface AuthParts {
  readonly environment: IsolatedEnvironment;
  readonly name: EnvironmentName;
  readonly database: Database;
  readonly cache: Cache;
  readonly serviceSecret: string;
  readonly jwtSecret: string;
}

type Status = 400 | 401 | 403 | 409 | 422 | 429 | 503;
const refuse = (c: Context, status: Status, code: string, message: string, more: object = {}): Response =>
  c.json({ error: { code, message, ...more } }, status);
const bearer = (c: Context): string => /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';

export function authApp({ environment, name, database, cache, serviceSecret, jwtSecret }: AuthParts): Hono {
  const settings = AUTH_SETTINGS[name];
  const tokens = new Tokens({ secret: jwtSecret, environment: name });
  const accounts = new Accounts(database, settings.argonMemory);
  const sessions = new Sessions(database, cache, settings.sessionSeconds);
  const attempts = new RateLimiterRedis({
    storeClient: cache.strict,
    keyPrefix: 'auth:attempts',
    points: settings.loginLimit.attempts,
    duration: settings.loginLimit.period,
  });
  const app = new Hono();

  app.onError((error, c) => {
    log('error', 'request failed', { path: c.req.path, reason: reasonOf(error) });
    return refuse(c, 503, 'unavailable', 'the service cannot answer now; try again');
  });
  app.get('/health', (c) =>
    c.json({ status: 'healthy', service: 'auth', timestamp: new Date().toISOString() }),
  );
  app.get('/health/ready', readiness({ postgres: () => database.ping(), redis: () => cache.ping() }));
  app.get('/auth/config', (c) =>
    c.json({
      environment: name,
      api_url: environment.get(FRONTEND_VARIABLES.api) ?? PUBLIC_HOSTS[name].api,
      ws_url: environment.get(FRONTEND_VARIABLES.ws) ?? PUBLIC_HOSTS[name].ws,
      auth_url: environment.get(FRONTEND_VARIABLES.auth) ?? PUBLIC_HOSTS[name].auth,
      password_length: settings.passwordLength,
    }),
  );

  /** Both tokens of a session, with what a client needs to use them. */
  const grant = async (account: Account, session: string, signRefresh: SignedRefresh): Promise<object> => {
    const subject = { sub: account.id, sid: session, email: account.email, permissions: account.permissions };
    const { token: access } = await tokens.sign('access', settings.accessMinutes * 60, subject);
    return {
      access_token: access,
      refresh_token: signRefresh.token,
      token_type: 'Bearer',
      expires_in: settings.accessMinutes * 60,
      session_id: session,
      user: account,
    };
  };
  const refreshFor = (account: Account, sid: string): Promise<SignedRefresh> => {
    const { id: sub, email, permissions } = account;
    return tokens.sign('refresh', settings.refreshDays * 86_400, { sub, sid, email, permissions });
  };

  app.post('/auth/register', async (c) => {
    const body = await jsonBody(c.req.raw);
    if (body === undefined) return refuse(c, 400, 'invalid_request', 'the body must be a JSON object');
    const [email, password] = [textField(body, 'email').trim(), textField(body, 'password')];
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
      return refuse(c, 422, 'validation_error', 'email is not an address');
    if (password.length < settings.passwordLength)
      return refuse(
        c,
        422,
        'validation_error',
        `password needs at least ${settings.passwordLength} characters`,
      );
    const account = await accounts.register(email, password, textField(body, 'full_name'));
    return account === undefined
      ? refuse(c, 409, 'email_taken', 'this address is registered')
      : c.json({ user: account }, 201);
  });

  app.post('/auth/login', async (c) => {
    const body = await jsonBody(c.req.raw);
    if (body === undefined) return refuse(c, 400, 'invalid_request', 'the body must be a JSON object');
    const [email, password] = [textField(body, 'email').trim().toLowerCase(), textField(body, 'password')];
    if (email === '' || password === '')
      return refuse(c, 422, 'validation_error', 'email and password are needed');
    try {
      if (!mutated('no-login-limit')) await attempts.consume(email);
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      c.header('Retry-After', String(Math.ceil(limit.msBeforeNext / 1000)));
      return refuse(c, 429, 'rate_limited', 'too many attempts for this account');
    }
    const account = await accounts.authenticate(email, password);
    if (account === undefined) return refuse(c, 401, 'invalid_credentials', 'email or password is wrong');
    const session = randomUUID();
    const refresh = await refreshFor(account, session);
    await sessions.open({
      id: session,
      userId: account.id,
      refreshJti: refresh.jti,
      refreshDays: settings.refreshDays,
    });
    return c.json(await grant(account, session, refresh));
  });

  app.post('/auth/refresh', async (c) => {
    const token = textField((await jsonBody(c.req.raw)) ?? {}, 'refresh_token');
    if (token === '') return refuse(c, 422, 'validation_error', 'refresh_token is needed');
    const verified = await tokens.verify(token, 'refresh');
    const sid = verified.ok ? verified.claims.sid : undefined;
    if (!verified.ok || sid === undefined)
      return refuse(c, 401, 'invalid_token', 'the refresh token is refused', {
        reason: verified.ok ? 'claims' : verified.reason,
      });
    const account = await accounts.find(verified.claims.sub);
    if (account === undefined)
      return refuse(c, 401, 'invalid_token', 'the account is closed', { reason: 'revoked' });
    const next = await refreshFor(account, sid);
    const rotation = await sessions.rotate(sid, verified.claims.jti, next.jti);
    if (rotation.outcome === 'rotated') return c.json(await grant(account, sid, next));
    return refuse(c, 401, 'invalid_token', REFRESH_REFUSALS[rotation.outcome], { reason: rotation.outcome });
  });

  app.post('/auth/logout', async (c) => {
    const verified = await tokens.verify(bearer(c), 'access');
    if (!verified.ok || verified.claims.sid === undefined)
      return refuse(
        c,
        401,
        bearer(c) === '' ? 'missing_token' : 'invalid_token',
        'a valid access token is needed',
      );
    const { jti, exp, sid, sub } = verified.claims;
    if (mutated('keep-session-on-logout')) return c.body(null, 204);
    await sessions.revokeToken(jti, exp - Math.floor(Date.now() / 1000));
    const everywhere = (await jsonBody(c.req.raw))?.everywhere === true;
    await (everywhere ? sessions.revokeUser(sub) : sessions.revoke(sid, 'logout'));
    return c.body(null, 204);
  });

  /** Signature, claims and revocation. A session that cannot be looked up is an error (503), never a yes. */
  const verifyLive = async (token: string, type: TokenType): ReturnType<Tokens['verify']> => {
    const verified = await tokens.verify(token, type);
    if (!verified.ok || (await sessions.isLive(verified.claims.jti, verified.claims.sid))) return verified;
    return { ok: false, reason: 'revoked' };
  };

  app.post('/auth/validate', async (c) => {
    const caller = checkService(
      c.req.header('x-service-id'),
      c.req.header('x-service-secret'),
      serviceSecret,
    );
    if (!caller.ok) return refuse(c, caller.status, caller.code, caller.message);
    const body = await jsonBody(c.req.raw);
    if (body === undefined) return refuse(c, 400, 'invalid_request', 'the body must be a JSON object');
    const [token, type] = [textField(body, 'token'), textField(body, 'token_type') || 'access'];
    if (token === '') return refuse(c, 401, 'missing_token', 'token is missing');
    if (type !== 'access' && type !== 'service')
      return refuse(c, 422, 'validation_error', 'token_type is access or service');
    const verified = await verifyLive(token, type);
    if (!verified.ok)
      return refuse(c, 401, 'invalid_token', 'the token is refused', { reason: verified.reason });
    const { sub, sid, email, permissions, exp, token_type } = verified.claims;
    return c.json({
      valid: true,
      user_id: sub,
      session_id: sid ?? null,
      email,
      permissions,
      token_type,
      expires_at: exp,
    });
  });

  app.post('/auth/service-token', async (c) => {
    const body = await jsonBody(c.req.raw);
    const [id, secret] = [body?.service_id, body?.service_secret];
    if (typeof id !== 'string' || typeof secret !== 'string')
      return refuse(c, 422, 'validation_error', 'service_id and service_secret are needed');
    const caller = checkService(id, secret, serviceSecret);
    if (!caller.ok) return refuse(c, 401, caller.code, caller.message);
    const subject = { sub: caller.serviceId, email: '', permissions: [] };
    const { token } = await tokens.sign('service', settings.serviceTokenSeconds, subject);
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: settings.serviceTokenSeconds });
  });

  app.get('/auth/me', async (c) => {
    if (bearer(c) === '') return refuse(c, 401, 'missing_token', 'an access token is needed');
    const verified = await verifyLive(bearer(c), 'access');
    if (!verified.ok)
      return refuse(c, 401, 'invalid_token', 'the token is refused', { reason: verified.reason });
    const account = isUuid(verified.claims.sub) ? await accounts.find(verified.claims.sub) : undefined;
    return account === undefined
      ? refuse(c, 401, 'invalid_token', 'the account is closed')
      : c.json({ user: account });
  });
  return app;
}

type SignedRefresh = Awaited<ReturnType<Tokens['sign']>>;
const REFRESH_REFUSALS = {
  reused: 'this refresh token was spent before; the session is ended',
  ended: 'the session has ended',
} as const satisfies Record<Exclude<Rotation['outcome'], 'rotated'>, string>;
