/**
 * One allocator of TCP ports for the whole process. The kernel picks a free one; it can still be taken between here and
 * the service's own bind, so whoever uses it retries its whole start with another. Ports given out lately are held back,
 * because a service that is just starting has not bound its own yet.
 */
import { createServer } from 'node:net';

const HELD_BACK = 512;
const recent = new Set<number>();

/** @throws where the machine has no free port at all */
export async function reservePort(): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = await freePort();
    if (recent.has(port)) continue;
    recent.add(port);
    const [oldest] = recent;
    if (recent.size > HELD_BACK && oldest !== undefined) recent.delete(oldest);
    return port;
  }
  throw new Error('no free TCP port on 127.0.0.1');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
