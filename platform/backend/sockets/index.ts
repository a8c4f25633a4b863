/**
 * The door of the sockets. In: HTTP upgrades on `/ws`, with a token as `Authorization: Bearer` or as subprotocols
 * `jwt-auth` and `jwt.<base64url>`. Out: messages of users who are known; to them, their own events.
 * Who is not known gets an error message, then close 1008; a fault of ours is 1011. The token is checked before the
 * upgrade is answered, so nothing that a client sends early is lost or read for a stranger.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { mutated } from '../../shared/mutations.ts';
import { RateLimiterMemory } from '../../shared/rate-limiters.ts';
import type { AuthClient, Identity } from '../auth-client.ts';
import { Connection, type UserMessage } from './connection.ts';
import type { EventDelivery } from './delivery.ts';
import type { SocketLimits } from './limits.ts';

export { Connection, type UserMessage } from './connection.ts';
export { EventDelivery } from './delivery.ts';
export { delayAfter, type SocketLimits, socketLimits } from './limits.ts';

export interface Sockets {
  attach(server: Server): void;
  /** Says goodbye to everyone (1001). */
  close(): void;
}

/** A frame above this ends the connection (1009) before it fills memory; below it, `too_large` is an answer. */
const HARD_LIMIT_BYTES = 1_048_576;

export function sockets(
  auth: AuthClient,
  delivery: EventDelivery,
  limits: SocketLimits,
  onMessage: (message: UserMessage, connection: Connection) => void,
): Sockets {
  const rate = new RateLimiterMemory({
    points: limits.messages,
    duration: limits.messagePeriod / 1000, // seconds
  });
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: HARD_LIMIT_BYTES,
    handleProtocols: (offered) => (offered.has('jwt-auth') ? 'jwt-auth' : false),
  });
  const heart = setInterval(() => {
    for (const connection of connections) connection.beat();
    delivery.sweep();
  }, limits.heartbeat).unref();

  const accept = (socket: WebSocket, identity: Identity): void => {
    if (identity.kind === 'refused')
      return turnAway(socket, 1008, 'not_authenticated', 'a valid access token is needed');
    if (identity.kind === 'unavailable')
      return turnAway(socket, 1011, 'auth_unavailable', 'try again in a moment');
    const { user_id } = identity.principal;
    if (delivery.connections(user_id) >= limits.connectionsPerUser && !mutated('no-connection-limit'))
      return turnAway(
        socket,
        1008,
        'too_many_connections',
        `at most ${limits.connectionsPerUser} connections a user`,
      );
    const connection = new Connection(socket, identity.principal, limits, rate, delivery.count, onMessage);
    connections.add(connection);
    socket.once('close', () => {
      connections.delete(connection);
      delivery.detach(user_id, connection, connection.closed());
    });
    connection.welcome();
    delivery.attach(user_id, connection);
  };

  return {
    attach: (http) => {
      http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        stream.on('error', () => stream.destroy());
        if (new URL(request.url ?? '/', 'ws://backend').pathname !== '/ws') {
          stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
          return;
        }
        void identityOf(request, auth).then((identity) => {
          if (!stream.destroyed)
            server.handleUpgrade(request, stream, head, (socket) => accept(socket, identity));
        });
      });
    },
    close: () => {
      clearInterval(heart);
      for (const connection of connections) connection.close(1001, 'the server is stopping');
      server.close();
    },
  };
}

function turnAway(socket: WebSocket, status: 1008 | 1011, code: string, message: string): void {
  socket.on('error', () => socket.terminate());
  socket.send(JSON.stringify({ type: 'error', code, message, timestamp: new Date().toISOString() }));
  socket.close(status, code);
}

async function identityOf(request: IncomingMessage, auth: AuthClient): Promise<Identity> {
  const header = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const offered = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  const encoded = offered.includes('jwt-auth')
    ? offered.find((protocol) => protocol.startsWith('jwt.'))
    : undefined;
  const token =
    header ??
    (encoded === undefined ? undefined : Buffer.from(encoded.slice(4), 'base64url').toString('utf8'));
  return token === undefined ? { kind: 'refused', reason: 'missing' } : auth.identify(token);
}
