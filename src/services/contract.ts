/** What the rest of the house may ask of the services, and what it gets back. */
import type {
  Config,
  EnvironmentConfig,
  PostgresServiceConfig,
  RedisServiceConfig,
} from '../config/index.ts';
import type {
  AttemptId,
  Emit,
  FileId,
  LogAttribution,
  Mask,
  OwnTraffic,
  ProviderName,
  Result,
  RunId,
  ServiceEvidence,
} from '../events/index.ts';
import type { SharedService } from './kinds.ts';

export interface ServicesOptions {
  readonly config: Config;
  readonly environment: EnvironmentConfig;
  readonly runId: RunId;
  /** absolute; logs go to `<runDir>/services/<service>[.<file number>.<attempt>].log` and outlive everything else */
  readonly runDir: string;
  readonly emit: Emit;
  /** the runner's own environment; services get it without its `RUNNER_*` variables */
  readonly env: NodeJS.ProcessEnv;
  /** how many leases may exist at once, at least 1: what the pools are sized by */
  readonly leases: number;
  /** absolute; a folder of the run's own that is removed as well where the runner is killed */
  readonly scratch?: string;
  /** aborting it stops everything, as `stop()` does; the caller still awaits `stop()` for the verdict */
  readonly signal?: AbortSignal;
  /**
   * Where templates and fetched programs are kept between runs. Default: `$RUNNER_CACHE_DIR`, else
   * `$XDG_CACHE_HOME/unified-test-runner`, else `~/.cache/unified-test-runner`, else a folder of ours in `os.tmpdir()`.
   */
  readonly cacheDir?: string;
  /** By the service's name: the only provider that it may come from. Absent: the first that fits. */
  readonly providers?: ReadonlyMap<string, ProviderName>;
  /** `refused`: the warm set is not looked at. Default: used where it is up and was made of the same. */
  readonly warm?: 'used' | 'refused';
  /** Told every secret and every variable that a service or test is given. */
  readonly mask?: Mask;
  /** absolute; where the databases of failed attempts are kept. Absent: none is */
  readonly keepIn?: string;
  /** What `${secret.<name>}` is made from; absent: random for each run. */
  readonly secretSeed?: string;
  /** Stores that are there before the run and stay after it; absent: the run has its own. */
  readonly standing?: StandingStores;
}

/** The part of Postgres and Redis services that whole runs share, kept from one run to the next. */
export interface StandingStores {
  /**
   * A run's use of one, started where it is not up, is made of something else than it would be now, or has died. Only one
   * run at a time may use them.
   */
  use(service: StoreConfig, run: ServicesOptions): Promise<Result<SharedService, ServiceFailure>>;
  /** what `${secret.<name>}` is made from, for the runs as for the stores */
  readonly secretSeed: string;
  /** absolute paths of logs that stores write */
  logs(): readonly string[];
  /** Ends them all. Idempotent. @returns what could not be removed */
  stop(): Promise<readonly string[]>;
}

export type StoreConfig = PostgresServiceConfig | RedisServiceConfig;

export interface ServiceHost {
  /**
   * Brings up what the whole run shares of the closure of `needs`, independent services at once: the Postgres cluster
   * with its migrated template and first clone, the Redis program with its first process, and a round trip to each
   * service that is deployed already.
   */
  start(needs: readonly string[]): Promise<Result<void, ServiceFailure>>;
  /** Variables for whatever else this run starts, by which it is found when the runner was killed. */
  readonly mark: Readonly<Record<string, string>>;
  /**
   * Takes care of a process group that somebody else of this run leads: it is killed where the runner is.
   * @param group pid of its leader, which was just started
   * @returns how to say that the group is empty
   */
  guard(group: number): () => void;
  /** One attempt's own database, Redis and processes. May be called ahead of need, and at once for several attempts. */
  lease(request: LeaseRequest): Promise<Result<Lease, ServiceFailure>>;
  /**
   * Ends everything, also what is just starting. Idempotent: every call returns the same promise.
   * `leftovers` names the processes and folders that are still there after all; it is empty when all went well.
   */
  stop(): Promise<{ readonly leftovers: readonly string[] }>;
}

export interface LeaseRequest {
  readonly attempt: AttemptId;
  readonly file: FileId;
  /** what the suite itself names; what those need in turn comes with them */
  readonly needs: readonly string[];
  /** `proxied`: every connection goes through proxies that tests command, by the URL in `RUNNER_FAULTS_URL` */
  readonly faults: 'none' | 'proxied';
  /** the suite's variables; values may hold `${…}` */
  readonly env: Readonly<Record<string, string>>;
  /** `left`: its services are not to be found at their `fixed_port`; default: they are */
  readonly fixedPorts?: 'left';
}

/** A log that has lines of a lease, and how they are told from those of other leases. */
export interface LeaseLog {
  readonly service: string;
  /** absolute */
  readonly path: string;
  readonly by: LogAttribution;
}

export interface Lease {
  readonly attempt: AttemptId;
  /** exports of all services of the closure, then the environment's variables, then the suite's, all expanded */
  readonly env: Readonly<Record<string, string>>;
  /** the closure, dependencies first */
  readonly services: readonly string[];
  readonly logs: readonly LeaseLog[];
  /** Settles only when a service of this lease, or one that the run shares, dies while the lease is held. */
  readonly crashed: Promise<ServiceFailure>;
  /**
   * What its tests did to each service that was asked for, told from the traffic of other services. Asked once, after
   * the test process has ended and before `release`.
   */
  ownTraffic(): Promise<readonly ServiceTraffic[]>;
  /**
   * Where a service of the lease says `enforce_graceful_stop`, releases it. @returns the services that insist on it and
   * had to be killed
   */
  killed(): Promise<readonly string[]>;
  /**
   * Idempotent. Afterwards no process and no folder of the lease is left; its database is dropped in the background, unless
   * it is to be kept (`keepIn`): that is told by an event, or by a warning where it can't be.
   * @returns what happened in each service of the closure
   */
  release(databases?: DatabaseFate): Promise<readonly ServiceEvidence[]>;
}

export type DatabaseFate = 'dropped' | 'kept';

export interface ServiceTraffic {
  readonly service: string;
  /** null where it can't be told from that of others */
  readonly own: OwnTraffic | null;
}

/** A service that could not be had, or died: what happened and what to do about it. */
export interface ServiceFailure {
  readonly service: string;
  readonly reason: string;
  readonly remedy: string;
  /** absolute path of its log; null where it never had one */
  readonly log: string | null;
  /** at most 30 lines */
  readonly logTail: readonly string[];
}
