/** Puts the backend together from its environment, which has been checked. */
import { Cache } from '../shared/cache.ts';
import { Database } from '../shared/database.ts';
import { environmentName, type IsolatedEnvironment } from '../shared/environment.ts';
import type { Application } from '../shared/service.ts';
import { Tokens } from '../shared/tokens.ts';
import { agents } from './agents/agents.ts';
import { AgentInstanceFactory } from './agents/instance-factory.ts';
import { AgentRegistry } from './agents/registry.ts';
import { backendApp } from './app.ts';
import { authClient } from './auth-client.ts';
import { Chat } from './chat.ts';
import { languageModel } from './llm-client.ts';
import { Preferences } from './preferences.ts';
import { Sessions } from './sessions.ts';
import { EventDelivery, socketLimits, sockets } from './sockets/index.ts';
import { Threads } from './threads.ts';
import { dispatchers } from './tools/index.ts';

export function application(environment: IsolatedEnvironment): Application {
  const text = (variable: string): string => environment.get(variable) ?? '';
  const database = new Database(text('DATABASE_URL'));
  const cache = new Cache(text('REDIS_URL'));
  const threads = new Threads(database, cache);
  const sessions = new Sessions(database, cache);
  const preferences = new Preferences(database, cache);
  const auth = authClient({
    url: text('AUTH_SERVICE_URL'),
    serviceId: text('SERVICE_ID'),
    serviceSecret: text('SERVICE_SECRET'),
    tokens: new Tokens({
      secret: text('JWT_SECRET_KEY'),
      environment: environmentName(text('ENVIRONMENT')) ?? 'production',
    }),
    ...(environment.has('AUTH_BREAKER_RESET_MS')
      ? { resetAfter: Number(text('AUTH_BREAKER_RESET_MS')) }
      : {}),
  });

  const tools = dispatchers(database, cache);
  const working = agents(languageModel(text('LLM_URL')), async ({ context, events }) => {
    const tier = await sessions.tier(context.user_id, context.session_id);
    const permissions = context.metadata.permissions;
    return tools.forRequest(
      context,
      { permissions: Array.isArray(permissions) ? permissions : [], tier },
      events,
    );
  });
  const factory = new AgentInstanceFactory(working);
  const limits = socketLimits(environment);
  const delivery = new EventDelivery(limits);
  factory.connect(delivery);
  const registry = new AgentRegistry(factory);
  const stopSweeping = registry.keepSweeping();

  const chat = new Chat(threads, sessions, registry);
  const door = sockets(auth, delivery, limits, (message, connection) => chat.receive(message, connection));
  const app = backendApp({ auth, threads, sessions, preferences, database, cache, delivery });
  return {
    fetch: (request, bindings) => app.fetch(request, { bindings }),
    attach: door.attach,
    close: async () => {
      stopSweeping();
      await chat.close();
      door.close();
      auth.close();
      cache.close();
      await database.close();
    },
  };
}
