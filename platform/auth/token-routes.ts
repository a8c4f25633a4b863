/** What is done with tokens: refresh, log out, validate, give one to a service, say whose one is. */
import { Hono } from 'hono';
import { deleteCookie, getCookie } from 'hono/cookie';
import { isUuid, jsonBody, textField } from '../shared/bodies.ts';
import type { TokenType } from '../shared/critical-values.ts';
import { mutated } from '../shared/mutations.ts';
import type { Tokens, Verified } from '../shared/tokens.ts';
import type { Accounts } from './accounts.ts';
import { bearer, refuse } from './answers.ts';
import type { Audit } from './audit.ts';
import type { Logins } from './logins.ts';
import { checkService } from './service-credentials.ts';
import type { Sessions } from './sessions.ts';
import type { AuthSettings } from './settings.ts';

export interface TokenParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly logins: Logins;
  readonly audit: Audit;
  readonly settings: AuthSettings;
  readonly serviceSecret: string;
  readonly now: () => number;
}

/** Hands the refresh token of an OAuth login to the browser; its first refresh removes it. */
export const HANDOVER_COOKIE = 'netra_handover';
export const HANDOVER_PATH = '/auth/refresh';

const VALIDATED: readonly string[] = ['access', 'service', 'admin'] satisfies readonly TokenType[];
const isValidated = (type: string): type is 'access' | 'service' | 'admin' => VALIDATED.includes(type);

export function tokenRoutes(parts: TokenParts): Hono {
  const { accounts, sessions, tokens, logins, audit, settings, serviceSecret, now } = parts;
  const app = new Hono();

  app.post('/auth/refresh', async (c) => {
    const handed = getCookie(c, HANDOVER_COOKIE);
    const token = textField((await jsonBody(c.req.raw)) ?? {}, 'refresh_token') || (handed ?? '');
    if (token === '') return refuse(c, 422, 'validation_error', 'refresh_token is needed');
    if (handed !== undefined) deleteCookie(c, HANDOVER_COOKIE, { path: HANDOVER_PATH });
    const renewal = await logins.renew(token);
    if (renewal.ok) return c.json(renewal.granted);
    return refuse(c, 401, 'invalid_token', renewal.message, { reason: renewal.reason });
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
    await sessions.revokeToken(jti, exp - Math.floor(now() / 1000));
    const everywhere = (await jsonBody(c.req.raw))?.everywhere === true;
    await (everywhere && !mutated('log-out-here-only')
      ? sessions.revokeUser(sub)
      : sessions.revoke(sid, 'logout'));
    await audit.record(everywhere ? 'logout_everywhere' : 'logout', sub, { session_id: sid });
    return c.body(null, 204);
  });

  /** Signature, claims and revocation. A session that cannot be looked up is an error (503), never a yes. */
  const verifyLive = async (token: string, type: TokenType): Promise<Verified> => {
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
    if (!isValidated(type))
      return refuse(c, 422, 'validation_error', 'token_type is access, service or admin');
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
