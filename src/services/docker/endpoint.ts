/**
 * Where the Docker engine is, found as the docker command finds it: DOCKER_HOST, the chosen context, the usual sockets.
 * Only an engine of this machine will do: the ports of its containers are opened on loopback alone.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';
import { isLoopback } from '../deployed.ts';

export interface Endpoint {
  /** `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375` */
  readonly url: string;
  /** what `node:http` connects to */
  readonly connect: { readonly socketPath: string } | { readonly host: string; readonly port: number };
}

export interface NoEndpoint {
  readonly reason: string;
  readonly remedy: string;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

export function endpointFor(env: NodeJS.ProcessEnv): Result<Endpoint, NoEndpoint> {
  if (env.DOCKER_HOST) return parsed(env.DOCKER_HOST, 'DOCKER_HOST');
  const context = chosenContext(env);
  if (context !== null) return parsed(context.host, `the docker context "${context.name}"`);
  const home = env.HOME ?? homedir();
  const sockets = [
    DEFAULT_SOCKET,
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
  ];
  return ok(onSocket(sockets.find((path) => existsSync(path)) ?? DEFAULT_SOCKET));
}

const onSocket = (socketPath: string): Endpoint => ({
  url: `unix://${socketPath}`,
  connect: { socketPath },
});

function parsed(text: string, source: string): Result<Endpoint, NoEndpoint> {
  const remedy = `let ${source} name an engine of this machine, e.g. unix://${DEFAULT_SOCKET}`;
  if (!URL.canParse(text)) return err({ reason: `${source} is not a URL: ${text}`, remedy });
  const url = new URL(text);
  switch (url.protocol) {
    case 'unix:':
      return ok(onSocket(decodeURIComponent(url.pathname)));
    case 'tcp:':
    case 'http:': {
      const { hostname, port } = url;
      if (!isLoopback(url)) {
        const reason = `${source} is ${text}, which is not this machine: its containers' ports would be open to the network`;
        return err({ reason, remedy });
      }
      const host = hostname.replace(/^\[|\]$/g, '');
      const number = Number(port || '2375');
      return ok({ url: `tcp://${hostname}:${number}`, connect: { host, port: number } });
    }
    default:
      return err({ reason: `${source} is ${text}, and only unix:// and tcp:// are spoken here`, remedy });
  }
}

interface Context {
  readonly name: string;
  readonly host: string;
}

/** null where the default one is chosen, or its files don't tell */
function chosenContext(env: NodeJS.ProcessEnv): Context | null {
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker');
  const name = env.DOCKER_CONTEXT || field(json(join(folder, 'config.json')), 'currentContext');
  if (typeof name !== 'string' || name === '' || name === 'default') return null;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = json(join(folder, 'contexts', 'meta', id, 'meta.json'));
  const host = field(field(field(meta, 'Endpoints'), 'docker'), 'Host');
  return typeof host === 'string' ? { name, host } : null;
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** A member of something that came as JSON; undefined where it has none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
