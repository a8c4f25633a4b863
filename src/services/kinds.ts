/** What the host needs to know of a service, whatever its kind: a part that the run shares, and an instance a lease. */
import type { PostgresServiceConfig } from '../config/index.ts';
import type { AttemptId, ProviderName, Result, ServiceTotals } from '../events/index.ts';
import type { ServiceFailure } from './contract.ts';
import type { Stopped } from './launch.ts';

/** Where something came from, as read back from what answers. */
export interface Origin {
  readonly provider: ProviderName;
  readonly version: string | null;
  /** host:port or URL without credentials */
  readonly endpoint: string;
  readonly log: string | null;
  /** from its spawn to its first right answer, where it was started ahead of need; absent: the time that it took just now */
  readonly startMs?: number;
}

/** What `${url}` and `${services.<name>.<field>}` stand for. */
export interface Fields {
  readonly url: string;
  readonly ws_url?: string;
  readonly host: string;
  readonly port: string;
  /** a folder of this instance alone, removed with it */
  readonly dir?: string;
  /** what every key and channel has to begin with; only for a user of an access control list */
  readonly prefix?: string;
}

export interface Crash {
  readonly exit: string;
  readonly log: string | null;
}

/** The part of a service that the run shares: a cluster with its pool, a program with its warm processes. */
export interface SharedService {
  /** null: the run shares nothing that answers, e.g. a process that is started for each lease */
  readonly origin: Origin | null;
  /** settles only when it dies without having been stopped */
  readonly crashed: Promise<Crash>;
  lease(request: InstanceRequest): Promise<Result<Instance, ServiceFailure>>;
  /**
   * Drops a database or schema that `keep` of a lease has kept on it, with its role; absent where none can be, or whoever
   * its URL names may drop it himself. @returns why it is still there
   */
  dropKept?(name: string): Promise<Result<void, string>>;
  stop(): Promise<Stopped>;
}

export interface InstanceRequest {
  readonly attempt: AttemptId;
  /** `<file number>.<attempt>` */
  readonly label: string;
  readonly dependencies: Dependencies;
  readonly signal: AbortSignal;
}

/** What a service can see of those that it needs, directly or through others. */
export interface Dependencies {
  readonly fields: ReadonlyMap<string, Fields>;
  /** exports of all of them, expanded */
  readonly env: Readonly<Record<string, string>>;
}

/** A database or schema that outlives its lease. */
export interface KeptPart {
  readonly what: 'database' | 'schema';
  /** what it is called now */
  readonly name: string;
  /** as the tests reached it, with its password; a stored server listens elsewhere each time that it is opened */
  readonly url: string;
  readonly where: KeptWhere;
}

export type KeptWhere =
  /** its server goes on without the run */
  | { readonly kind: 'server'; readonly provider: 'external' }
  /** the same, and who may drop it listens there */
  | { readonly kind: 'server'; readonly provider: 'warm'; readonly socket: string }
  /** its server is the run's: this folder of it is stored once it has stopped */
  | {
      readonly kind: 'data';
      readonly folder: string;
      readonly service: PostgresServiceConfig;
      readonly engine: { readonly provider: ProviderName; readonly version: string };
    };

/** One lease's own part of a service. */
export interface Instance {
  readonly fields: Fields;
  /** null where nothing was started for it, e.g. a database of the shared cluster */
  readonly origin: Origin | null;
  /** others use the same server, so that what it counts is not this lease's alone */
  readonly shared?: true;
  /** where its lines are in the log of what the run shares, each behind `name` */
  readonly sharedLog?: { readonly path: string; readonly name: string };
  readonly crashed: Promise<Crash>;
  /**
   * What happened in it so far, asked when all of its users are gone and before `release`. Never rejects; null where it
   * does not count.
   */
  measure(): Promise<ServiceTotals | null>;
  /**
   * Before `release`, which then leaves it alone; only where there is something to keep. Never rejects.
   * @returns an error that says why it can't be kept
   */
  keep?(): Promise<Result<KeptPart, string>>;
  /** Never rejects. */
  release(): Promise<Stopped>;
}

/** For an instance that does not count what happens in it. */
export const uncounted = async (): Promise<null> => null;

/** For what can't crash, or is not ours to watch. A new one each time: a shared one would keep all who ever waited. */
export const never = (): Promise<never> => new Promise(() => {});

/** How often a service that the run shares may die before no new one is started. */
export const RESTARTS = 3;
