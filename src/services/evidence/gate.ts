/**
 * A port of ours in front of a service, for the tests of one lease alone: what comes through it is theirs, whoever else
 * uses the same service. It hands on bytes as they come, ends and resets included, and looks on.
 *
 * Limit: a connection to a service that is down is accepted, then reset, where the service's own port would refuse it.
 */
import { connect, createServer, type Socket } from 'node:net';
import { emptyTally, type MeterKind, type Tally } from './meter.ts';

export interface Gate {
  readonly port: number;
  readonly tally: Readonly<Tally>;
  /** Ends every connection; new ones are refused. Idempotent. */
  shut(): Promise<void>;
  /** Listens again on the same port. @throws where somebody else has taken it meanwhile */
  reopen(): Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How two ends are joined. */
export type JoinEnds = (client: Socket, service: Socket) => void;

export interface GateSettings {
  /** default: as they come */
  readonly link?: JoinEnds;
  /** 0: any */
  readonly port?: number;
}

const HOST = '127.0.0.1';

const asTheyCome: JoinEnds = (client, service) => {
  client.pipe(service);
  service.pipe(client);
};

/** @throws where the port, or any, can't be had */
export async function openGate(
  target: Address,
  meterKind: MeterKind,
  { link = asTheyCome, port: wanted = 0 }: GateSettings = {},
): Promise<Gate> {
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
    link(client, service);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        open.delete(socket);
        // One that ended properly has handed its end on already; perhaps later, where a fault delays it.
        if (!socket.readableEnded || !socket.writableFinished) other.destroySoon();
      });
    }
  });
  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  const port = await listen(wanted);
  return {
    port,
    tally,
    shut: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
    reopen: async () => {
      if (!server.listening) await listen(port);
    },
  };
}
