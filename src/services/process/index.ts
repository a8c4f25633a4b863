/** The user's own services: started for each lease, or deployed already and only asked whether they answer. */
import { tmpdir } from 'node:os';
import type { ProcessServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { outerEnvironment, type RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Deployed, deployedUrl, endpointOf } from '../deployed.ts';
import { failed, stopped } from '../failure.ts';
import { type Fields, type Instance, never, type SharedService, uncounted } from '../kinds.ts';
import { exitText, runToEnd } from '../launch.ts';
import { pollUntilReady } from '../poll.ts';
import type { Templates } from '../templates.ts';
import { startProcess } from './instance.ts';
import { probe } from './readiness.ts';

export async function openProcess(
  run: RunContext,
  service: ProcessServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok) {
    return failed({
      service: service.name,
      reason: deployed.error,
      remedy: 'set it, or unset what names it',
    });
  }
  if (deployed.value !== null) return openDeployed(run, service, deployed.value);
  return ok({
    origin: null,
    crashed: never(),
    lease: (request) => startProcess({ run, service, templates }, request),
    stop: async () => ({ forced: false, ms: 0 }),
  });
}

async function openDeployed(
  run: RunContext,
  service: ProcessServiceConfig,
  { url, source }: Deployed,
): Promise<Result<SharedService, ServiceFailure>> {
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const port = url.port || (secure ? '443' : '80');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const base = withProtocol(url, secure ? 'https:' : 'http:');
  const wsBase = withProtocol(url, secure ? 'wss:' : 'ws:');
  const outcome = await pollUntilReady({
    probe: (left) =>
      probe(
        service.ready,
        {
          url: base,
          wsUrl: wsBase,
          host,
          port: Number(port),
          log: null,
          store: () => null,
          exec: (command, timeout) => runProbe(run, service, command, timeout),
        },
        left,
      ),
    exited: never(),
    timeout: service.readyTimeout,
    signal: run.signal,
  });
  switch (outcome.kind) {
    case 'stopped':
    case 'exited':
      return stopped(service.name);
    case 'late':
      return failed({
        service: service.name,
        reason: `${endpointOf(url, port)} (${source}) was not ready within ${service.readyTimeout} ms: ${outcome.lastError}`,
        remedy: `see that it runs there, or unset ${source}`,
      });
    case 'ready': {
      const fields: Fields = { url: trimmed(base), ws_url: trimmed(wsBase), host, port };
      const instance: Instance = {
        fields,
        origin: null,
        crashed: never(),
        measure: uncounted,
        release: async () => ({ forced: false, ms: 0 }),
      };
      return ok({
        origin: { provider: 'external', version: null, endpoint: endpointOf(url, port), log: null },
        crashed: never(),
        lease: async () => ok(instance),
        stop: async () => ({ forced: false, ms: 0 }),
      });
    }
  }
}

/** WHATWG URLs refuse to change between http and ws by assignment only for some pairs: a new text is plain. */
const withProtocol = (url: URL, protocol: string): URL => new URL(url.href.replace(/^[a-z]+:/, protocol));

/** `http://host/` without its last slash, so that `${url}/path` reads as it is meant. */
const trimmed = (url: URL): string => url.href.replace(/\/$/, '');

async function runProbe(
  run: RunContext,
  service: ProcessServiceConfig,
  [program = '', ...args]: readonly string[],
  timeout: number,
): Promise<string | null> {
  const ended = await runToEnd(
    run,
    {
      program: program === 'node' ? process.execPath : program,
      args,
      cwd: service.cwd || tmpdir(),
      env: outerEnvironment(run.options.env),
      log: run.logPath(service.name),
    },
    timeout,
  );
  const result: Result<null, string> = !ended.ok
    ? ended
    : ended.value.code === 0
      ? ok(null)
      : err(`ended with ${exitText(ended.value)}`);
  return result.ok ? null : `\`${program}\` ${result.error}`;
}
