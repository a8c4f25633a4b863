/**
 * The platform's own sockets and event delivery in this process, with the limits of a test's choosing, for what takes
 * more events than agents would send. Tokens are checked by the real auth service, clients are real sockets.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authClient } from '../../platform/backend/auth-client.ts';
import {
  type Connection,
  EventDelivery,
  type SocketLimits,
  socketLimits,
  sockets,
  type UserMessage,
} from '../../platform/backend/sockets/index.ts';
import { IsolatedEnvironment } from '../../platform/shared/environment.ts';
import { RunEvents } from '../../platform/shared/events.ts';
import { Tokens } from '../../platform/shared/tokens.ts';
import { endpoint } from './endpoints.ts';

export interface Door {
  readonly url: string;
  readonly delivery: EventDelivery;
  /** the events of a new run of this user */
  run(user: { readonly id: string }): RunEvents;
}

const closings: (() => void)[] = [];

/** @param onMessage what is done with a user's message; nothing where it is left out */
export async function openDoor(
  limits: Partial<SocketLimits> = {},
  onMessage: (message: UserMessage, connection: Connection) => void = () => {},
): Promise<Door> {
  const all = { ...socketLimits(new IsolatedEnvironment()), ...limits };
  const delivery = new EventDelivery(all);
  const auth = authClient({
    url: endpoint('AUTH_URL'),
    serviceId: 'netra-backend',
    serviceSecret: endpoint('SERVICE_SECRET'),
    tokens: new Tokens({ secret: endpoint('JWT_SECRET_KEY'), environment: 'test' }),
  });
  const door = sockets(auth, delivery, all, onMessage);
  const server = createServer();
  door.attach(server);
  closings.push(() => {
    door.close();
    auth.close();
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `ws://127.0.0.1:${await listening(server)}/ws`,
    delivery,
    run: ({ id }) => runOf(delivery, id),
  };
}

/** Numbered events of a new run of this user, delivered by this delivery. */
const runOf = (delivery: EventDelivery, user_id: string): RunEvents =>
  new RunEvents({ user_id, thread_id: randomUUID(), run_id: randomUUID() }, 'triage', delivery);

/** The last event of a run. */
export const complete = (run: RunEvents, result = 'done'): void =>
  run.emit('agent_completed', { status: 'success', result, tools_used: [], total_execution_time_ms: 1 });

/** For `after`, when the clients have left. */
export function closeDoors(): void {
  for (const close of closings.splice(0)) close();
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    // A server that listens on a host and port has an AddressInfo; only a pipe has a string.
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
