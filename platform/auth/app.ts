/** The HTTP face of the auth service, put together. Every refusal is `{ error: { code, message } }`. */
import { Hono } from 'hono';
import type { Cache } from '../shared/cache.ts';
import { type EnvironmentName, FRONTEND_VARIABLES, PUBLIC_HOSTS } from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import type { IsolatedEnvironment } from '../shared/environment.ts';
import { log, reasonOf } from '../shared/log.ts';
import { readiness } from '../shared/readiness.ts';
import { Tokens } from '../shared/tokens.ts';
import { Accounts } from './accounts.ts';
import { refuse } from './answers.ts';
import { Attempts } from './attempts.ts';
import { Audit } from './audit.ts';
import { IdentityProvider } from './identity-provider.ts';
import { Logins } from './logins.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { OauthStates } from './oauth-states.ts';
import { passwordRoutes } from './password-routes.ts';
import { Sessions } from './sessions.ts';
import { AUTH_SETTINGS } from './settings.ts';
import { tokenRoutes } from './token-routes.ts';

export interface AuthParts {
  readonly environment: IsolatedEnvironment;
  readonly name: EnvironmentName;
  readonly database: Database;
  readonly cache: Cache;
  readonly serviceSecret: string;
  readonly jwtSecret: string;
  /** ms since the epoch: for tokens, locks and OAuth states */
  readonly now?: () => number;
}

export function authApp(parts: AuthParts): Hono {
  const { environment, name, database, cache, serviceSecret, jwtSecret, now = Date.now } = parts;
  const settings = AUTH_SETTINGS[name];
  const tokens = new Tokens({ secret: jwtSecret, environment: name, now });
  const accounts = new Accounts(database, settings.argonMemory);
  const sessions = new Sessions(database, cache, settings.sessionSeconds);
  const attempts = new Attempts(cache, settings, now);
  const audit = new Audit(database);
  const logins = new Logins({ accounts, sessions, tokens, audit, settings });
  const provider = providerIn(environment);
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
      providers: provider === undefined ? [] : [provider.name],
    }),
  );
  app.route('/', passwordRoutes({ accounts, attempts, logins, audit, ...settings }));
  app.route('/', tokenRoutes({ accounts, sessions, tokens, logins, audit, settings, serviceSecret, now }));
  const states = new OauthStates(cache, now);
  const listed = environment.get('OAUTH_REDIRECTS') ?? `${PUBLIC_HOSTS[name].app}/auth/complete`;
  const redirects = listed.split(',').map((address) => address.trim());
  const secureCookies = name !== 'test' && name !== 'development';
  app.route('/', oauthRoutes({ provider, states, accounts, logins, audit, redirects, secureCookies }));
  return app;
}

/** `undefined` where none is configured; with an issuer the rules require the rest. */
function providerIn(environment: IsolatedEnvironment): IdentityProvider | undefined {
  const issuer = environment.get('OAUTH_ISSUER');
  if (issuer === undefined) return undefined;
  return new IdentityProvider({
    name: environment.get('OAUTH_PROVIDER') ?? 'oidc',
    issuer,
    clientId: environment.get('OAUTH_CLIENT_ID') ?? '',
    clientSecret: environment.get('OAUTH_CLIENT_SECRET') ?? '',
    callback: environment.get('OAUTH_CALLBACK_URL') ?? '',
  });
}
