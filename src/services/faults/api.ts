/**
 * Toxiproxy's HTTP API, so that its clients in any language work: paths, fields and status codes are those of Toxiproxy
 * 2.x. It listens on this machine only and lives as long as the lease.
 */
import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../../events/index.ts';
import type { Address } from '../evidence/gate.ts';
import { messageOf } from '../failure.ts';
import type { FaultProxy, ProxyOptions } from './proxy.ts';
import { changedToxic, isFields, parseToxic, type Toxic } from './toxics.ts';

export interface FaultsApi {
  readonly url: string;
  close(): Promise<void>;
}

type Open = (options: Omit<ProxyOptions, 'meter' | 'owner'>) => Promise<FaultProxy>;
type Answer = { readonly status: number; readonly body: unknown };
type Proxies = Map<string, FaultProxy>;

const HOST = '127.0.0.1';
/** The version whose API this is. */
const VERSION = '2.12.0';
const LONGEST_BODY = 1024 * 1024;

const answer = (status: number, body: unknown = null): Answer => ({ status, body });
const refuse = (status: number, error: string): Answer => answer(status, { error, status });

/** @throws where no port can be had */
export async function openApi(proxies: Proxies, open: Open): Promise<FaultsApi> {
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    void respond(request, proxies, open)
      .catch((error) => refuse(500, messageOf(error)))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === null ? '' : JSON.stringify(body));
      });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(request: IncomingMessage, proxies: Proxies, open: Open): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://faults');
  const [room = '', name, toxics, toxicName, more] = pathname.split('/').slice(1).map(decodeURIComponent);
  const method = request.method === 'PATCH' ? 'POST' : (request.method ?? 'GET');
  if (more !== undefined) return refuse(404, 'not found');
  const body = method === 'POST' ? await bodyOf(request) : ok(null);
  if (!body.ok) return refuse(400, body.error);

  const route = `${method} ${room}`;
  if (name === undefined) {
    switch (route) {
      case 'GET version':
        return answer(200, { version: VERSION });
      case 'GET proxies':
        return answer(200, Object.fromEntries([...proxies].map(([key, proxy]) => [key, shown(proxy)])));
      case 'POST proxies':
        return create(body.value, proxies, open);
      case 'POST populate':
        return populate(body.value, proxies, open);
      case 'POST reset':
        await Promise.all([...proxies.values()].map((proxy) => proxy.reset()));
        return answer(204);
      default:
        return refuse(404, 'not found');
    }
  }
  const proxy = room === 'proxies' ? proxies.get(name) : undefined;
  if (proxy === undefined) return refuse(404, 'proxy not found');
  if (toxics === undefined) return onProxy(method, proxy, body.value, proxies);
  if (toxics !== 'toxics') return refuse(404, 'not found');
  return toxicName === undefined
    ? onToxics(method, proxy, body.value)
    : onToxic(method, proxy, toxicName, body.value);
}

async function create(body: unknown, proxies: Proxies, open: Open): Promise<Answer> {
  if (!isFields(body)) return refuse(400, 'bad request body');
  const { name, upstream, listen = '127.0.0.1:0', enabled = true } = body;
  if (typeof name !== 'string' || name === '') return refuse(400, 'missing required field: name');
  const target = addressOf(upstream);
  if (target === null) return refuse(400, 'missing required field: upstream');
  const port = addressOf(listen)?.port ?? 0;
  if (proxies.has(name)) return refuse(409, 'proxy already exists');
  const proxy = await open({ name, upstream: target, port });
  if (enabled === false) await proxy.disable();
  proxies.set(name, proxy);
  return answer(201, shown(proxy));
}

/** Those that exist already stay as they are: they are the lease's services, whose addresses others hold. */
async function populate(body: unknown, proxies: Proxies, open: Open): Promise<Answer> {
  if (!Array.isArray(body)) return refuse(400, 'bad request body');
  const made: unknown[] = [];
  for (const one of body) {
    const known = isFields(one) && typeof one.name === 'string' ? proxies.get(one.name) : undefined;
    if (known !== undefined) {
      made.push(shown(known));
      continue;
    }
    const created = await create(one, proxies, open);
    if (created.status !== 201) return created;
    made.push(created.body);
  }
  return answer(201, { proxies: made });
}

async function onProxy(method: string, proxy: FaultProxy, body: unknown, proxies: Proxies): Promise<Answer> {
  switch (method) {
    case 'GET':
      return answer(200, shown(proxy));
    case 'POST': {
      if (!isFields(body)) return refuse(400, 'bad request body');
      const { enabled, upstream, listen } = body;
      const moved =
        (upstream !== undefined && upstream !== shown(proxy).upstream) ||
        (listen !== undefined && listen !== shown(proxy).listen);
      if (moved) return refuse(400, 'listen and upstream belong to the lease: make a proxy of your own');
      if (enabled === true) await proxy.enable();
      if (enabled === false) await proxy.disable();
      return answer(200, shown(proxy));
    }
    case 'DELETE':
      if (proxy.owner === 'lease') return refuse(409, 'it belongs to the lease, and is removed with it');
      await proxy.close();
      proxies.delete(proxy.name);
      return answer(204);
    default:
      return refuse(405, 'method not allowed');
  }
}

function onToxics(method: string, proxy: FaultProxy, body: unknown): Answer {
  if (method === 'GET') return answer(200, proxy.toxics);
  if (method !== 'POST') return refuse(405, 'method not allowed');
  const toxic: Result<Toxic, string> = isFields(body) ? parseToxic(body) : err('bad request body');
  if (!toxic.ok) return refuse(400, toxic.error);
  if (proxy.toxics.some(({ name }) => name === toxic.value.name)) return refuse(409, 'toxic already exists');
  proxy.put(toxic.value);
  return answer(200, toxic.value);
}

function onToxic(method: string, proxy: FaultProxy, name: string, body: unknown): Answer {
  const toxic = proxy.toxics.find((one) => one.name === name);
  if (toxic === undefined) return refuse(404, 'toxic not found');
  switch (method) {
    case 'GET':
      return answer(200, toxic);
    case 'POST': {
      const changed = isFields(body) ? changedToxic(toxic, body) : err('bad request body');
      if (!changed.ok) return refuse(400, changed.error);
      proxy.put(changed.value);
      return answer(200, changed.value);
    }
    case 'DELETE':
      proxy.remove(name);
      return answer(204);
    default:
      return refuse(405, 'method not allowed');
  }
}

const shown = (proxy: FaultProxy) => ({
  name: proxy.name,
  listen: `${HOST}:${proxy.gate.port}`,
  upstream: `${proxy.upstream.host}:${proxy.upstream.port}`,
  enabled: proxy.enabled,
  toxics: proxy.toxics,
});

function addressOf(text: unknown): Address | null {
  const parts = typeof text === 'string' ? /^(.*):(\d{1,5})$/.exec(text) : null;
  return parts === null ? null : { host: parts[1] || HOST, port: Number(parts[2]) };
}

async function bodyOf(request: IncomingMessage): Promise<Result<unknown, string>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LONGEST_BODY) return err('the body is too long');
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return ok(null);
  try {
    return ok(JSON.parse(text));
  } catch {
    return err('bad request body');
  }
}
