/**
 * How every service of the platform starts and stops. Start: check the environment (refuse with every reason on stderr
 * and never listen), listen, say where. Stop on SIGTERM or SIGINT: no new work, close what is open, exit 0.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IsolatedEnvironment } from './environment.ts';
import { log, reasonOf } from './log.ts';
import { chosenMutation } from './mutations.ts';
import { checkEnvironment, type Service, violationLine } from './rules.ts';

export interface Application {
  readonly fetch: (request: Request, bindings: unknown) => Response | Promise<Response>;
  /** takes over upgrade requests; without it they are refused */
  readonly attach?: (server: Server) => void;
  /** stops taking work, then lets go of every connection */
  readonly close: () => Promise<void>;
}

/** EX_CONFIG of sysexits(3): something was found in an unconfigured or misconfigured state. */
const EXIT_BAD_ENVIRONMENT = 78;
/** ms after a stop signal; what has not ended by then is dropped */
const STOP_WITHIN = 900;

export async function startService(
  service: Service,
  build: (environment: IsolatedEnvironment) => Application | Promise<Application>,
): Promise<void> {
  const environment = IsolatedEnvironment.from(process.env, 'process');
  const refusals = refusalsOf(service, environment);
  if (refusals.length > 0) {
    process.stderr.write(refusals.map((line) => `${service} refuses to start: ${line}\n`).join(''));
    process.exitCode = EXIT_BAD_ENVIRONMENT;
    return;
  }
  const { getRequestListener } = await import('@hono/node-server');
  const application = await build(environment);
  const server = createServer(getRequestListener(application.fetch));
  application.attach?.(server);
  const host = environment.get('HOST') ?? '127.0.0.1';
  server.on('error', (error) => {
    process.stderr.write(`${service} cannot listen: ${reasonOf(error)}\n`);
    process.exit(1);
  });
  server.listen(Number(environment.get('PORT') ?? 0), host, () => {
    // `listen` on a host and port gives an AddressInfo; only a pipe gives a string.
    const { port } = server.address() as AddressInfo;
    log('info', `listening on http://${host}:${port}`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void stop(signal, server, application));
}

/** A wrong mutation first: every other check may ask which one is on. */
function refusalsOf(service: Service, environment: IsolatedEnvironment): readonly string[] {
  try {
    chosenMutation(process.env);
  } catch (error) {
    return [reasonOf(error)];
  }
  return checkEnvironment(service, environment).map(violationLine);
}

async function stop(signal: string, server: Server, application: Application): Promise<void> {
  log('info', `stopping on ${signal}`);
  setTimeout(() => process.exit(0), STOP_WITHIN).unref();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await application.close();
  await closed;
  process.exit(0);
}
