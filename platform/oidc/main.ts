/**
 * An identity provider: the real `oidc-provider`, with one client and whoever says who they are. In: a browser, or a
 * test that follows redirects. At `/interaction/{uid}` a form field `email` logs in as that address (verified, unless it
 * begins with `unverified`), `deny` refuses. Keeps everything in memory: a new process knows nobody.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { textField } from '../shared/bodies.ts';
import { startService } from '../shared/service.ts';
import type { OpenIdProvider } from './provider.ts';

interface Node {
  Bindings: { incoming: IncomingMessage; outgoing: ServerResponse };
}

void startService('oidc', (environment) => {
  const app = new Hono<Node>();
  const client = {
    id: environment.get('OAUTH_CLIENT_ID') ?? '',
    secret: environment.get('OAUTH_CLIENT_SECRET') ?? '',
  };
  const providers = new Map<string, Promise<OpenIdProvider>>();
  /**
   * One for each address at which it is asked, which is its issuer: the port is not known before it listens. Made, and
   * its library loaded, on the first question: tests that log in another way do not pay for it.
   */
  const at = (url: string): Promise<OpenIdProvider> => {
    const { origin } = new URL(url);
    const provider =
      providers.get(origin) ??
      import('./provider.ts').then(({ openIdProvider }) => openIdProvider(origin, client));
    providers.set(origin, provider);
    return provider;
  };

  app.get('/health/ready', (c) => c.json({ status: 'ready' }));
  app.get('/interaction/:uid', (c) =>
    c.html('<form method="post"><input name="email"><button>Log in</button></form>'),
  );
  app.post('/interaction/:uid', async (c) => {
    const form = await c.req.parseBody();
    const { incoming, outgoing } = c.env;
    await (await at(c.req.url)).finish(incoming, outgoing, {
      email: textField(form, 'email'),
      denied: form.deny !== undefined,
    });
    return RESPONSE_ALREADY_SENT;
  });
  app.all('*', async (c) => {
    const { incoming, outgoing } = c.env;
    await (await at(c.req.url)).answer(incoming, outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  // The listener of @hono/node-server passes Node's own request and response as bindings.
  return {
    fetch: (request, bindings) => app.fetch(request, bindings as Node['Bindings']),
    close: () => Promise.resolve(),
  };
});
