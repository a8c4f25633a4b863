/**
 * The page's own server: loopback only, one secret address, read only. A web site that the user visits meanwhile can
 * neither guess the address nor reach it under a name of its own (DNS rebinding): the Host has to be ours.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageOf } from '../../reporters/index.ts';
import type { LogSource } from './follow.ts';

const HEARTBEAT = 15_000;

export interface ServeOptions {
  readonly source: LogSource;
  /** the first part of every path */
  readonly token: string;
  /** 0: a free one */
  readonly port: number;
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws where the port can't be had */
export async function serve({ source, token, port }: ServeOptions): Promise<Served> {
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const refused = refusalOf(request, (server.address() as AddressInfo).port);
    if (refused !== null) return plain(response, refused.status, refused.words);
    const [, given = '', ...rest] = new URL(request.url ?? '/', 'http://127.0.0.1').pathname.split('/');
    if (!same(given, token)) return plain(response, 404, 'not found');
    try {
      answer(rest.join('/'), response);
    } catch (error) {
      plain(
        response,
        500,
        `the log can't be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  });

  function answer(path: string, response: ServerResponse): void {
    switch (path) {
      case '': {
        const { html, policy } = pageOf(source.data(), { live: true });
        const headers = {
          ...HEADERS,
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': policy,
        };
        response.writeHead(200, headers).end(html);
        return;
      }
      case 'data.json':
        response
          .writeHead(200, { ...HEADERS, 'content-type': 'application/json' })
          .end(JSON.stringify(source.data()));
        return;
      case 'changes':
        response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
        // What came between the page and its stream is asked for at once.
        response.write(CHANGED);
        streams.add(response);
        response.on('close', () => streams.delete(response));
        return;
      default:
        plain(response, 404, 'not found');
    }
  }

  const tell = (text: string) => (): void => {
    for (const stream of streams) stream.write(text);
  };
  const quiet = source.onChange(tell(CHANGED));
  const heartbeat = setInterval(tell(': still here\n\n'), HEARTBEAT);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`,
    close: () => {
      quiet();
      clearInterval(heartbeat);
      for (const stream of streams) stream.end();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const CHANGED = 'event: changed\ndata: \n\n';

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

interface Refusal {
  readonly status: number;
  readonly words: string;
}

function refusalOf({ headers, method }: IncomingMessage, port: number): Refusal | null {
  const { host } = headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 403, words: 'this server answers to 127.0.0.1 and localhost only' };
  }
  return method === 'GET' ? null : { status: 405, words: 'this server only tells' };
}

function plain(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(`${words}\n`);
}

/** In the same time for every guess. */
function same(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
