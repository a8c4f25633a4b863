/** Puts the auth service together from its environment, which has been checked. */
import { Cache } from '../shared/cache.ts';
import { Database } from '../shared/database.ts';
import { environmentName, type IsolatedEnvironment } from '../shared/environment.ts';
import type { Application } from '../shared/service.ts';
import { authApp } from './app.ts';

export function application(environment: IsolatedEnvironment): Application {
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
}
