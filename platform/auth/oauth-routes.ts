/**
 * Logging in with an identity provider: the authorization code flow with PKCE.
 *
 *   GET /auth/login ──302──▶ provider ──302──▶ GET /auth/callback ──302──▶ the application
 *
 * The application's address carries an error code or nothing: the tokens' hand-over is a cookie that only
 * `POST /auth/refresh` ever sees, for a minute, once.
 */
import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { log, reasonOf } from '../shared/log.ts';
import { mutated } from '../shared/mutations.ts';
import type { Accounts } from './accounts.ts';
import { refuse } from './answers.ts';
import type { Audit } from './audit.ts';
import { type IdentityProvider, ProviderFailed } from './identity-provider.ts';
import type { Logins } from './logins.ts';
import { type OauthStates, STATE_SECONDS } from './oauth-states.ts';
import { HANDOVER_COOKIE, HANDOVER_PATH } from './token-routes.ts';

export interface OauthParts {
  readonly provider: IdentityProvider | undefined;
  readonly states: OauthStates;
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly audit: Audit;
  /** exact addresses of the application; the first is the usual one */
  readonly redirects: readonly string[];
  readonly secureCookies: boolean;
}

/** Binds a state to the browser that left with it: someone else's callback link logs nobody in. */
const STATE_COOKIE = 'netra_oauth_state';
const CALLBACK = '/auth/callback';
const HANDOVER_SECONDS = 60;
/** RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6: what may be passed on of a provider's error. */
const KNOWN_ERRORS: readonly string[] = [
  'access_denied',
  'invalid_request',
  'unauthorized_client',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'login_required',
  'consent_required',
  'interaction_required',
];

export function oauthRoutes(parts: OauthParts): Hono {
  const { provider, states, accounts, logins, audit, redirects, secureCookies } = parts;
  const app = new Hono();
  const cookie = { httpOnly: true, secure: secureCookies } as const;

  app.get('/auth/login', async (c) => {
    if (provider === undefined || c.req.query('provider') !== provider.name)
      return refuse(c, 404, 'provider_not_configured', 'there is no such identity provider');
    const redirect = c.req.query('redirect_uri') ?? redirects[0] ?? '';
    const listed = mutated('loose-redirects')
      ? redirects.some((allowed) => redirect.startsWith(allowed))
      : redirects.includes(redirect);
    if (!listed) return refuse(c, 400, 'invalid_redirect', 'this redirect_uri is not on the list');
    const departure = await states.depart(redirect);
    try {
      const url = await provider.authorizationUrl(departure);
      setCookie(c, STATE_COOKIE, departure.state, {
        ...cookie,
        sameSite: 'Lax',
        path: CALLBACK,
        maxAge: STATE_SECONDS,
      });
      return c.redirect(url, 302);
    } catch (error) {
      log('error', 'identity provider failed', { reason: reasonOf(error) });
      return refuse(c, 503, 'provider_unavailable', 'the identity provider does not answer; try again');
    }
  });

  app.get(CALLBACK, async (c) => {
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    const state = c.req.query('state') ?? '';
    const ownBrowser = getCookie(c, STATE_COOKIE) === state || mutated('share-oauth-state');
    const departure = state === '' || !ownBrowser ? undefined : await states.arrive(state);
    if (provider === undefined || departure === undefined)
      return refuse(c, 400, 'invalid_state', 'this login was not begun here, is over, or took too long');
    deleteCookie(c, STATE_COOKIE, { path: CALLBACK });

    const [failure, code] = [c.req.query('error'), c.req.query('code') ?? ''];
    if (failure !== undefined)
      return sent(c, departure.redirect, KNOWN_ERRORS.includes(failure) ? failure : 'server_error');
    if (code === '') return sent(c, departure.redirect, 'invalid_request');
    try {
      const identity = await provider.identityFor(code, departure);
      const account = await accounts.provided(identity);
      if (account === 'taken') return sent(c, departure.redirect, 'email_taken');
      if (account === 'closed') return sent(c, departure.redirect, 'account_closed');
      const { access_token, refresh_token } = await logins.open(account, provider.name);
      const maxAge = HANDOVER_SECONDS;
      setCookie(c, HANDOVER_COOKIE, refresh_token, {
        ...cookie,
        sameSite: 'Strict',
        path: HANDOVER_PATH,
        maxAge,
      });
      return mutated('tokens-in-url')
        ? c.redirect(`${departure.redirect}?access_token=${access_token}`, 302)
        : c.redirect(departure.redirect, 302);
    } catch (error) {
      if (!(error instanceof ProviderFailed)) throw error;
      log('error', 'login with the identity provider failed', {
        problem: error.problem,
        reason: error.message,
      });
      await audit.record('login_refused', null, { via: provider.name, reason: error.problem });
      return sent(c, departure.redirect, error.problem);
    }
  });
  return app;
}

function sent(c: Context, redirect: string, error: string): Response {
  const url = new URL(redirect);
  url.searchParams.set('error', error);
  return c.redirect(url.href, 302);
}
