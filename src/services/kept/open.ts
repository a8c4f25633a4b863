/**
 * Opening a stored server again: a copy of its data is served by the same Postgres, until it is closed. What is changed in it
 * goes with the copy, so that it can be opened again as the test left it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';
import { createContext, type RunContext } from '../context.ts';
import type { ServicesOptions } from '../contract.ts';
import { copyTree } from '../copy.ts';
import { logTail, messageOf } from '../failure.ts';
import { type Cluster, OWNER, startCluster } from '../postgres/cluster.ts';
import { findEngine } from '../postgres/find-engine.ts';
import { clusterFolder, ownedBy } from '../postgres/place.ts';
import { sweepDeadRuns } from '../sweep.ts';
import { type KeptDatabase, type KeptRun, type StoredServer, writeServices } from './record.ts';

export interface OpenedServer {
  /** libpq service file of its databases, for its user alone, removed when it is closed */
  readonly serviceFile: string;
  readonly endpoint: string;
  readonly databases: readonly KeptDatabase[];
  /** settles when it dies */
  readonly died: Promise<string>;
  /** @returns what could not be removed */
  close(): Promise<readonly string[]>;
}

/** @param data name of the stored data folder */
export async function openStored(
  options: Omit<ServicesOptions, 'keepIn' | 'leases'>,
  kept: KeptRun,
  data: string,
): Promise<Result<OpenedServer, string>> {
  await sweepDeadRuns();
  const run = createContext({ ...options, leases: 1 }, options.signal ?? new AbortController().signal);
  const databases = kept.databases.filter(({ server }) => isStoredIn(server, data));
  const server = databases.map(({ server: of }) => of).find((of) => of.kind === 'stored');
  if (server === undefined) return err(`nothing is stored in ${join(kept.folder, data)}`);
  const opened = await serve(run, join(kept.folder, data), server).catch((error) => err(messageOf(error)));
  if (!opened.ok) {
    await run.ledger.settle();
    return opened;
  }
  const cluster = opened.value;
  const serviceFile = join(run.scratch(), 'pg_service.conf');
  const reachable = databases.map((database) => ({ ...database, url: urlIn(cluster, database) }));
  writeServices(serviceFile, reachable);
  return ok({
    serviceFile,
    endpoint: `127.0.0.1:${cluster.port}`,
    databases: reachable,
    died: cluster.running.exited.then(({ code, signal }) => signal ?? `exit code ${code}`),
    close: async () => {
      await cluster.stop();
      return run.ledger.settle();
    },
  });
}

const isStoredIn = (server: KeptDatabase['server'], data: string): boolean =>
  server.kind === 'stored' && server.data === data;

async function serve(
  run: RunContext,
  data: string,
  { service, engine: made }: StoredServer,
): Promise<Result<Cluster, string>> {
  const home = join(clusterFolder(run), 'pg');
  const socketDir = join(home, 's');
  await mkdir(home, { mode: 0o700 });
  const found = await findEngine(run, service, made, home);
  if (!found.ok) return found;
  const engine = found.value;
  await mkdir(socketDir, { mode: 0o700 });
  await ownedBy(run, engine, socketDir, 'folder');
  const dataDir = join(home, 'data');
  const copied = await copyTree(run, data, dataDir);
  if (!copied.ok) return copied;
  await ownedBy(run, engine, dataDir);
  const log = run.logPath(service.name);
  const place = { dataDir, socketDir, log, settings: service.settings };
  const started = await startCluster(run, engine, place, service.readyTimeout);
  return started.ok ? started : err([started.error, ...logTail(log)].join('\n        | '));
}

/** The same database and role at the port of now; the owner's password is another each time. */
function urlIn({ port, password }: Cluster, { url }: KeptDatabase): string {
  const at = new URL(url);
  at.port = String(port);
  if (at.username === OWNER) at.password = password;
  return at.href;
}
