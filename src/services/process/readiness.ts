/** When a service of the user's is ready: its declared conditions, asked against one instance of it. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readiness } from '../../config/index.ts';
import { err, ok, type Result, unreachable } from '../../events/index.ts';
import { type ProbeResult, probeHttp, probeTcp, probeWebSocket } from './probes.ts';
import { probeRedis, probeSql } from './store-probes.ts';

/** A service that takes longer to answer than this is asked again, in case the first request was lost in its start. */
const LONGEST_PROBE = 5000;

export interface ProbedInstance {
  readonly url: URL;
  readonly wsUrl: URL;
  readonly host: string;
  readonly port: number;
  /** its output, from the byte where this start begins; null for a service that somebody else runs */
  readonly log: { readonly path: string; readonly start: number } | null;
  /** the URL of the first Postgres or Redis that it needs; null where there is none */
  readonly store: (kind: 'postgres' | 'redis') => string | null;
  /** runs a command in the service's own folder and environment */
  readonly exec: (command: readonly string[], timeout: number) => Promise<ProbeResult>;
}

export async function probe(
  readiness: Readiness,
  instance: ProbedInstance,
  msLeft: number,
): Promise<Result<null, string>> {
  const result = await ask(readiness, instance, Math.min(msLeft, LONGEST_PROBE));
  return result === null ? ok(null) : err(result);
}

async function ask(readiness: Readiness, instance: ProbedInstance, timeout: number): Promise<ProbeResult> {
  switch (readiness.kind) {
    case 'http':
      return probeHttp(under(instance.url, readiness.path), readiness.expect, timeout);
    case 'ws':
      return probeWebSocket(under(instance.wsUrl, readiness.path), readiness.expect, timeout);
    case 'tcp':
      return probeTcp(instance.host, instance.port, timeout);
    case 'log':
      return searchLog(readiness.pattern, instance);
    case 'exec':
      return instance.exec(readiness.run, timeout);
    case 'started':
      return null;
    case 'completed':
      // Its end is what is waited for, not an answer; one that is deployed is asked whether it can be reached.
      return instance.log === null ? probeTcp(instance.host, instance.port, timeout) : 'it has not ended yet';
    case 'sql':
      return askStore(instance, 'postgres', (url) => probeSql(url, readiness.statement, timeout));
    case 'redis':
      return askStore(instance, 'redis', (url) => probeRedis(url, readiness.command, timeout));
    case 'all': {
      const results = await Promise.all(readiness.of.map((one) => ask(one, instance, timeout)));
      const wrong = results.filter((result) => result !== null);
      return wrong.length === 0 ? null : wrong.join('; ');
    }
    case 'any': {
      const results = await Promise.all(readiness.of.map((one) => ask(one, instance, timeout)));
      return results.includes(null) ? null : results.join('; ');
    }
    default:
      return unreachable(readiness);
  }
}

/** What somebody else runs brings stores of its own: that it can be reached is all there is to ask. */
async function askStore(
  { store, log, host, port }: ProbedInstance,
  kind: 'postgres' | 'redis',
  ask: (url: string) => Promise<ProbeResult>,
): Promise<ProbeResult> {
  if (log === null) return probeTcp(host, port, LONGEST_PROBE);
  const url = store(kind);
  return url === null ? `it needs no ${kind} that could be asked` : ask(url);
}

/** A deployed service may live under a path: `https://host/api` and `/health` give `https://host/api/health`. */
function under(base: URL, path: string): URL {
  const url = new URL(base);
  const [pathname = '', query] = path.split('?', 2);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${pathname.replace(/^\//, '')}`;
  url.search = query === undefined ? '' : `?${query}`;
  return url;
}

async function searchLog(pattern: string, { log, host, port }: ProbedInstance): Promise<ProbeResult> {
  // What somebody else runs has no log here: that it can be reached is all there is to ask.
  if (log === null) return probeTcp(host, port, LONGEST_PROBE);
  const expression = new RegExp(pattern);
  const lines = createInterface({ input: createReadStream(log.path, { start: log.start }) });
  try {
    for await (const line of lines) {
      if (expression.test(line)) return null;
    }
  } finally {
    lines.close();
  }
  return `no line of its log matches /${pattern}/`;
}
