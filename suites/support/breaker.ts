/** The backend's client of the auth service, watched: a test waits for a state of its breaker instead of for time. */
import { type AuthClient, authClient } from '../../platform/backend/auth-client.ts';
import type { BreakerState } from '../../platform/backend/auth-client-breaker.ts';
import { Tokens } from '../../platform/shared/tokens.ts';
import { within } from './conditions.ts';
import { endpoint } from './endpoints.ts';

export interface WatchedClient {
  readonly client: AuthClient;
  /** every state that the breaker has entered, in order */
  readonly states: readonly BreakerState[];
  /** returns when the breaker is in this state; where it is already, at once */
  until(state: BreakerState): Promise<void>;
}

const clients = new Set<AuthClient>();

/** Closed by `closeClientsOfAuth`. @param resetAfter ms */
export function watchedClient(url: string, resetAfter: number, serviceSecret?: string): WatchedClient {
  const states: BreakerState[] = [];
  let wake: () => void = () => {};
  const client = authClient({
    url,
    serviceId: 'netra-backend',
    serviceSecret: serviceSecret ?? endpoint('SERVICE_SECRET'),
    tokens: new Tokens({ secret: endpoint('JWT_SECRET_KEY'), environment: 'test' }),
    resetAfter,
    onState: (state) => {
      states.push(state);
      wake();
    },
  });
  clients.add(client);
  return {
    client,
    states,
    until: async (state) => {
      while (client.state !== state)
        await within(
          `the breaker is ${state}`,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        );
    },
  };
}

export function closeClientsOfAuth(): void {
  for (const client of clients) client.close();
  clients.clear();
}
