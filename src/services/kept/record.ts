/**
 * What was kept of a run: `.runner/kept/<run>/`, for its user alone, because passwords are in it.
 *
 *   kept.json          each database: whose it was, where it is
 *   pg_service.conf    the same for libpq, of those whose server goes on: `PGSERVICEFILE=… psql service=<database>`
 *   <service>[-<n>]/   data folders of servers of the run that were stored
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import type { AttemptId, FileId, ProviderName, RunId } from '../../events/index.ts';

export interface KeptDatabase {
  readonly attempt: AttemptId;
  readonly file: FileId;
  readonly service: string;
  readonly what: 'database' | 'schema';
  readonly name: string;
  /** with its password; where its server is stored, the port is of no use any more */
  readonly url: string;
  readonly server: RunningServer | StoredServer;
}

export type RunningServer =
  | { readonly kind: 'running'; readonly provider: 'external' }
  | {
      readonly kind: 'running';
      readonly provider: 'warm';
      /** of the owner of the set, who takes everything on it down with it */
      readonly socket: string;
    };

export interface StoredServer {
  readonly kind: 'stored';
  /** name of its data folder in the folder of the run */
  readonly data: string;
  readonly service: PostgresServiceConfig;
  readonly engine: { readonly provider: ProviderName; readonly version: string };
}

/** What is kept of one run. */
export interface KeptRun {
  readonly run: RunId;
  /** absolute */
  readonly folder: string;
  /** ISO 8601 UTC */
  readonly keptAt: string;
  readonly databases: readonly KeptDatabase[];
}

const RECORD = 'kept.json';
const FORMAT = 2;

export const serviceFileOf = (folder: string): string => join(folder, 'pg_service.conf');

/** Writes it anew, with the service file beside it. */
export function writeKept({ folder, ...kept }: KeptRun): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ format: FORMAT, ...kept }, null, 2);
  writeFileSync(join(folder, RECORD), `${text}\n`, { mode: 0o600 });
  const running = kept.databases.filter(({ server }) => server.kind === 'running');
  if (running.length > 0) writeServices(serviceFileOf(folder), running);
}

/** @param folder `.runner/kept` @returns oldest first; what no run has written is left out */
export function readKept(folder: string): readonly KeptRun[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const kept = parsed(join(folder, name, RECORD));
      return kept === null ? [] : [{ ...kept, folder: join(folder, name) }];
    });
}

function parsed(path: string): Omit<KeptRun, 'folder'> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isOurs =
      typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
    // Of that format, it was written by `writeKept`, in a folder that only its user can write in.
    return isOurs ? (value as unknown as Omit<KeptRun, 'folder'>) : null;
  } catch {
    return null;
  }
}

/** Query parameters of a URL that libpq knows by the same name. */
const PARAMETERS = ['host', 'options', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'connect_timeout'];

/** A libpq service file, `[<database>]` with what its URL says: no password has to be on a command line. */
export function writeServices(path: string, databases: readonly Pick<KeptDatabase, 'name' | 'url'>[]): void {
  const sections = databases.map(({ name, url }) => {
    const { hostname, port, pathname, username, password, searchParams } = new URL(url);
    const given = PARAMETERS.flatMap((key) => {
      const value = searchParams.get(key);
      return value === null ? [] : [[key, value] as const];
    });
    const values = new Map<string, string>([
      ['host', hostname],
      ['port', port || '5432'],
      ['dbname', decodeURIComponent(pathname.slice(1))],
      ['user', decodeURIComponent(username)],
      ['password', decodeURIComponent(password)],
      ...given,
    ]);
    const lines = [...values].filter(([, value]) => value !== '').map(([key, value]) => `${key}=${value}`);
    return [`[${name}]`, ...lines, ''].join('\n');
  });
  writeFileSync(path, sections.join('\n'), { mode: 0o600 });
}
