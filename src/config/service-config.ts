/** The services of the registry after validation: what each is, how it is had, started, found ready and stopped. */

export type ServiceConfig = PostgresServiceConfig | RedisServiceConfig | ProcessServiceConfig;

interface ServiceBase {
  readonly name: string;
  /** other names that selection accepts, e.g. `auth_service` */
  readonly aliases: readonly string[];
  /** services that must be ready first; acyclic */
  readonly needs: readonly string[];
  /** files that may use it at the same time; null: any number */
  readonly limit: number | null;
  /** of 127.0.0.1, at which tests find it; null: any */
  readonly fixedPort: number | null;
  /** environment variable that, when set, gives the URL of a running one; default `RUNNER_<NAME>_URL` */
  readonly urlEnv: string;
  /** globs relative to root, `!` in front excludes: what it is made of; empty: nobody has said */
  readonly watches: readonly string[];
  /** ms until it must be ready */
  readonly readyTimeout: number;
  /** variables handed to tests and to the services that need it; values may hold `${…}` of this service */
  readonly exports: Readonly<Record<string, string>>;
}

export interface PostgresServiceConfig extends ServiceBase {
  readonly kind: 'postgres';
  /** semver range, e.g. `>=15`; null: any */
  readonly version: string | null;
  readonly migrate: PostgresMigration | null;
  /** what is put into the migrated database besides */
  readonly seed: PostgresMigration | null;
  readonly isolation: PostgresIsolation;
  /** files that share the database (`isolation: none`) may run at the same time */
  readonly parallel: boolean;
  /** of a server that we start, before our own */
  readonly settings: Readonly<Record<string, string>>;
  /** of the provider docker; null: the one that the version leads to */
  readonly image: string | null;
}

/** What a lease has for itself. */
export type PostgresIsolation = 'database' | 'schema' | 'cluster' | 'none';

/** SQL files are built in, in the order of their names; anything else is a command run on the database. */
export type PostgresMigration =
  | { readonly kind: 'sql'; readonly files: readonly string[] }
  | { readonly kind: 'command'; readonly run: readonly string[]; readonly inputs: readonly string[] };

export interface RedisServiceConfig extends ServiceBase {
  readonly kind: 'redis';
  readonly version: string | null;
  /** null: nothing was asked for; a process, or a logical database where the server is somebody else's */
  readonly isolation: RedisIsolation | null;
  readonly image: string | null;
}

export type RedisIsolation = 'process' | 'database' | 'acl-prefix';

/**
 * How long an instance lives: as long as one test file's lease; from file to file, never used by two at once; as long as
 * the run, used by all. What it needs lives as long.
 */
export type ServiceScope = 'file' | 'worker' | 'run';

export interface ProcessServiceConfig extends ServiceBase {
  readonly kind: 'process';
  readonly scope: ServiceScope;
  /** program and arguments; may hold templates. Never a shell string */
  readonly run: readonly string[];
  /** absolute */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ready: Readiness;
  readonly stop: { readonly signal: NodeJS.Signals; readonly grace: number };
  /** `gate`: tests reach it through a port of the runner's that counts; `none`: at its own address, uncounted */
  readonly evidence: 'gate' | 'none';
  /** how often it may end by itself with a failure and be started again, in one lease; 0: never */
  readonly restarts: number;
  /** one that had to be killed when its file was done makes that file a failure */
  readonly enforceGracefulStop: boolean;
}

export type Readiness =
  /** `expect`: the status that means ready; null: any 2xx for http, an accepted handshake (101) for ws */
  | { readonly kind: 'http'; readonly path: string; readonly expect: number | null }
  | { readonly kind: 'ws'; readonly path: string; readonly expect: number | null }
  | { readonly kind: 'tcp' }
  /** at once: who needs it copes with its absence */
  | { readonly kind: 'started' }
  /** a job: ready when it has ended with 0, and then it stays gone */
  | { readonly kind: 'completed' }
  /** a regular expression over its output lines */
  | { readonly kind: 'log'; readonly pattern: string }
  | { readonly kind: 'exec'; readonly run: readonly string[] }
  /** a statement that must give a row, on the Postgres that it needs */
  | { readonly kind: 'sql'; readonly statement: string }
  /** a command whose answer must be neither nil nor 0, on the Redis that it needs */
  | { readonly kind: 'redis'; readonly command: readonly string[] }
  | { readonly kind: 'all'; readonly of: readonly Readiness[] }
  | { readonly kind: 'any'; readonly of: readonly Readiness[] };
