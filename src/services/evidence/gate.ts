/**
 * A port of ours in front of a service, for the tests of one lease alone: what comes through it is theirs, whoever else
 * uses the same service. It hands on bytes as they come, ends and resets included, and looks on.
 *
 * Limit: a connection to a service that is down is accepted, then reset, where the service's own port would refuse it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { emptyTally, type MeterKind, type Tally } from './meter.ts';

export interface Gate {
  readonly port: number;
  readonly tally: Readonly<Tally>;
  close(): Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const HOST = '127.0.0.1';

export async function openGate(target: Address, meterKind: MeterKind): Promise<Gate> {
  const tally = emptyTally();
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    tally.connections += 1;
    const service = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const meter = meterKind(tally);
    client.on('data', (chunk: Buffer) => {
      tally.sent += chunk.length;
      meter.fromClient(chunk);
    });
    service.on('data', (chunk: Buffer) => {
      tally.received += chunk.length;
      meter.fromServer(chunk);
    });
    client.pipe(service);
    service.pipe(client);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroySoon();
      });
    }
  });
  const port = await listening(server);
  return {
    port,
    tally,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** @throws where the machine has no free port at all */
function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
