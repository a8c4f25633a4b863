/**
 * How every service of the platform starts and stops. Start: check the environment (refuse with every reason on stderr
 * and never listen), listen, say where. Stop on SIGTERM or SIGINT: no new work, close what is open, exit 0.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IsolatedEnvironment } from './environment.ts';
import { log, reasonOf } from './log.ts';
import { chosenMutation } from './mutations.ts';
import { checkEnvironment, type Service, unreadableFile, violationLine } from './rules.ts';

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
  const { environment, refusals } = checkedEnvironment(service);
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

interface Checked {
  readonly environment: IsolatedEnvironment;
  /** every reason not to start in it */
  readonly refusals: readonly string[];
}

function checkedEnvironment(service: Service): Checked {
  const environment = new IsolatedEnvironment();
  try {
    chosenMutation(process.env); // first: everything after it may ask which mutation is on
  } catch (error) {
    return { environment, refusals: [reasonOf(error)] };
  }
  for (const [variable, value] of Object.entries(process.env))
    environment.set(variable, value ?? '', 'process');
  const file = environment.get('CONFIG_FILE')?.trim() ?? '';
  if (file !== '') {
    const load = environment.loadFile(file);
    if (load.kind === 'unreadable') return { environment, refusals: [violationLine(unreadableFile(file))] };
    if (load.kind === 'off') log('warn', `CONFIG_FILE is not read in ${load.environment}`, { file });
  }
  return { environment, refusals: checkEnvironment(service, environment).map(violationLine) };
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
