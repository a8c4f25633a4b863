/**
 * A network link to a real service that can be cut and mended: bytes pass unchanged while it is up; cutting resets every
 * connection and refuses new ones.
 */
import { createServer, type Server, type Socket, connect as tcp } from 'node:net';

export interface Link {
  /** the service's address, by way of this link */
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

const links = new Set<Link>();

/** @param target address of the real service, e.g. `redis://127.0.0.1:6379` */
export async function openLink(target: string): Promise<Link> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = tcp(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket) && other.destroy());
      socket.pipe(other);
    }
  });
  const own = await listen(server, 0);
  const link: Link = {
    url: target.replace(`:${port}`, `:${own}`),
    cut: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    mend: async () => {
      await listen(server, own);
    },
  };
  links.add(link);
  return link;
}

export async function closeLinks(): Promise<void> {
  await Promise.all([...links].map((link) => link.cut()));
  links.clear();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
