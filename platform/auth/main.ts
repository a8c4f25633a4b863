/**
 * The auth service. In: registrations, logins, tokens to check. Out: tokens, or a refusal with a code.
 * It alone signs tokens and ends sessions. Redis and PostgreSQL must answer, or nobody gets in.
 */
import { Cache } from '../shared/cache.ts';
import { Database } from '../shared/database.ts';
import { environmentName } from '../shared/environment.ts';
import { startService } from '../shared/service.ts';
import { authApp } from './app.ts';

await startService('auth', (environment) => {
  const database = new Database(environment.get('DATABASE_URL') ?? '');
  const cache = new Cache(environment.get('REDIS_URL') ?? '');
  const app = authApp({
    environment,
    name: environmentName(environment.get('ENVIRONMENT')) ?? 'production',
    database,
    cache,
    serviceSecret: environment.get('SERVICE_SECRET') ?? '',
    jwtSecret: environment.get('JWT_SECRET_KEY') ?? '',
  });
  return {
    fetch: (request, bindings) => app.fetch(request, { bindings }),
    close: async () => {
      cache.close();
      await database.close();
    },
  };
});
