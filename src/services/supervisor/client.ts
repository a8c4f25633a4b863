/** A run's or a command's end of a connection to the owner. */
import { connect, type Socket } from 'node:net';
import { err, ok, type Result } from '../../events/index.ts';
import { onMessages, replySchema, send, type WarmReply, type WarmRequest } from './protocol.ts';

/** ms; everything but starting is answered at once, and a start has a deadline of its own */
const PATIENCE = 60_000;

export interface OwnerConnection {
  /** The next reply, in order; an error where the owner is gone or says nothing. */
  ask(request: WarmRequest): Promise<Result<WarmReply, string>>;
  /** Settles with what the owner says unasked, a crash; or when it is gone itself. */
  readonly lost: Promise<Extract<WarmReply, { kind: 'crashed' }> | null>;
  close(): void;
}

export async function connectOwner(path: string): Promise<Result<OwnerConnection, string>> {
  const socket = connect(path);
  const connected = await new Promise<string | null>((resolve) => {
    socket.once('connect', () => resolve(null));
    socket.once('error', (error) => resolve(error.message));
  });
  if (connected !== null) return err(connected);
  return ok(connection(socket));
}

function connection(socket: Socket): OwnerConnection {
  const waiting: ((reply: Result<WarmReply, string>) => void)[] = [];
  let lose = (_: Extract<WarmReply, { kind: 'crashed' }> | null): void => {};
  const lost = new Promise<Extract<WarmReply, { kind: 'crashed' }> | null>((resolve) => {
    lose = resolve;
  });
  const gone = 'the owner of the warm set is gone';
  socket.on('error', () => {});
  socket.once('close', () => {
    lose(null);
    for (const waiter of waiting.splice(0)) waiter(err(gone));
  });
  onMessages(socket, replySchema, (reply) => {
    if (reply.kind === 'crashed') lose(reply);
    else waiting.shift()?.(ok(reply));
  });
  // A run that has ended but for its connections may end.
  socket.unref();
  return {
    ask: (request) =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(err(gone));
        socket.ref();
        const timer = setTimeout(() => {
          resolve(err(`the owner of the warm set did not answer within ${PATIENCE / 1000} s`));
          socket.destroy();
        }, PATIENCE);
        waiting.push((reply) => {
          clearTimeout(timer);
          socket.unref();
          resolve(reply);
        });
        send(socket, request);
      }),
    lost,
    close: () => void socket.destroy(),
  };
}
