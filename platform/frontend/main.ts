/**
 * The server of the front end. In: its four public variables. Out: to every browser, at `/config.json`, where the API,
 * the events and the login are. A page with a wrong address reaches nothing, so a wrong address never gets this far.
 */
import { FRONTEND_VARIABLES } from '../shared/critical-values.ts';
import { startService } from '../shared/service.ts';

void startService('frontend', async (environment) => {
  const { Hono } = await import('hono');
  const config = Object.fromEntries(
    Object.entries(FRONTEND_VARIABLES).map(([name, variable]) => [name, environment.get(variable)]),
  );
  const app = new Hono();
  app.get('/health', (c) =>
    c.json({ status: 'healthy', service: 'frontend', timestamp: new Date().toISOString() }),
  );
  app.get('/config.json', (c) => c.json(config));
  return {
    fetch: (request, bindings) => app.fetch(request, { bindings }),
    close: () => Promise.resolve(),
  };
});
