/**
 * The registry after validation and normalisation: no optional that has a default, every duration in ms, every path
 * absolute, every list a list, every reference known to exist. What the rest of the house works with.
 */
import type { FileId } from '../events/index.ts';
import type { AdapterName, SuiteCommand } from './frameworks.ts';
import type {
  FailFast,
  LockConfig,
  NamedSlaConfig,
  QuarantineConfig,
  RetryPolicy,
  SlaConfig,
} from './policies.ts';
import type { LayerConfig, ProfileConfig } from './profile-config.ts';
import type { ProofConfig, ProofDemand } from './proof.ts';
import type { ServiceConfig } from './service-config.ts';
import type { SkipBudget } from './skip-budget.ts';

export type * from './service-config.ts';

export const PRIORITIES = ['critical', 'high', 'medium', 'low', 'optional'] as const;
export type CategoryPriority = (typeof PRIORITIES)[number];

export const SUITE_PRIORITIES = ['P0', 'P1', 'P2', 'P3'] as const;
export type SuitePriority = (typeof SUITE_PRIORITIES)[number];

/** `auto`: bundle, and run a file as it is where bundling could change its meaning; `on`: a file that can't is an error. */
export type BundleMode = 'auto' | 'on' | 'off';

export interface Config {
  /** absolute path of the YAML file */
  readonly path: string;
  /** absolute path of its folder; every FileId is relative to it */
  readonly root: string;
  /** sha256 (hex) of the YAML text */
  readonly hash: string;
  readonly name: string;
  readonly defaults: Defaults;
  readonly services: ReadonlyMap<string, ServiceConfig>;
  readonly categories: ReadonlyMap<string, CategoryConfig>;
  readonly suites: ReadonlyMap<string, SuiteConfig>;
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
  readonly layers: ReadonlyMap<string, LayerConfig>;
  /** what they extend already filled in */
  readonly profiles: ReadonlyMap<string, ProfileConfig>;
  readonly incidents: ReadonlyMap<string, IncidentConfig>;
  /** what the variables of deployed environments must be, in the order of the text */
  readonly rules: readonly VariableRule[];
  /** by what stands in the registry: `file` or `file > title` */
  readonly quarantine: ReadonlyMap<string, QuarantineConfig>;
  /** what single files and tests may take, by what stands in the registry */
  readonly sla: ReadonlyMap<string, NamedSlaConfig>;
  readonly audit: AuditConfig;
  readonly proof: ProofConfig;
  readonly gate: GateConfig;
  /** globs (relative to root) of test-like files that are nobody's suite on purpose, e.g. fixtures */
  readonly ignore: readonly string[];
}

export interface Defaults {
  /** at least 1; `auto` has become the number of available cores */
  readonly workers: number;
  /** ms that one file may take */
  readonly timeout: number;
  /** ms without an event or output; null: no such limit */
  readonly idleTimeout: number | null;
  /** ms after which a file is called slow; null: never */
  readonly slowAfter: number | null;
  /** bytes that the processes of one file may take in all; null: no such limit */
  readonly memory: number | null;
  /** ms between SIGTERM and SIGKILL */
  readonly grace: number;
  readonly retries: RetryPolicy;
  readonly failFast: FailFast;
  /** of the whole run; null: no limit */
  readonly maxSkipped: SkipBudget | null;
  readonly bundle: BundleMode;
  /** what the breach of an SLA does */
  readonly sla: 'warn' | 'fail';
  /** the environment of a run without `--env` */
  readonly env: string;
  /** reports of every run, each `name` or `name=path` */
  readonly reports: readonly string[];
}

export interface CategoryConfig {
  readonly name: string;
  readonly description: string;
  readonly priority: CategoryPriority;
  /** categories that run first where both are selected; acyclic */
  readonly after: readonly string[];
  /** categories that never run at the same time as it */
  readonly conflicts: readonly string[];
  /** services that every suite of it needs */
  readonly needs: readonly string[];
  readonly timeout: number | null;
  readonly idleTimeout: number | null;
  readonly slowAfter: number | null;
  /** bytes */
  readonly memory: number | null;
  readonly grace: number | null;
  readonly retries: RetryPolicy | null;
  /** least number of executed tests of an unnarrowed run of it */
  readonly floor: number | null;
  readonly maxSkipped: SkipBudget | null;
  readonly sla: SlaConfig | null;
  readonly tags: readonly string[];
}

export interface SuiteConfig {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  /** what `--service` selects it by; null where it belongs to none */
  readonly service: string | null;
  readonly priority: SuitePriority;
  /** globs relative to root, `!` in front excludes; null: its command is run once */
  readonly files: readonly string[] | null;
  readonly adapter: AdapterName;
  readonly command: SuiteCommand;
  /** its own needs and its category's, without what those need in turn */
  readonly needs: readonly string[];
  /** what the files that match a glob need besides */
  readonly alsoNeeds: readonly { readonly files: string; readonly needs: readonly string[] }[];
  readonly tags: readonly string[];
  /** workers that each of its files takes while it runs, at least 1 */
  readonly slots: number;
  /** what each of its files holds while it runs */
  readonly locks: readonly LockConfig[];
  /** ms a file; null: the category's, else the default */
  readonly timeout: number | null;
  readonly idleTimeout: number | null;
  readonly slowAfter: number | null;
  /** bytes */
  readonly memory: number | null;
  readonly grace: number | null;
  /** null: the category's, else the default */
  readonly retries: RetryPolicy | null;
  readonly maxSkipped: SkipBudget | null;
  readonly sla: SlaConfig | null;
  readonly bundle: BundleMode | null;
  /** whether its tests may disturb the connections to their services */
  readonly faults: boolean;
  /** extra variables for its test processes; values may hold `${…}` templates */
  readonly env: Readonly<Record<string, string>>;
  /** globs of those of its files that also apply where the product is deployed already */
  readonly blackBox: readonly string[];
  /** its tests change something */
  readonly writes: boolean;
  /** globs relative to root, `!` in front excludes: what its tests use besides what they import */
  readonly watches: readonly string[];
}

/** Something that went wrong once, and the tests that keep it from coming back. */
export interface IncidentConfig {
  readonly id: string;
  readonly symptom: string;
  readonly cause: string;
  /** the exact bad value; null where there was none */
  readonly value: string | null;
  /** what to do when it comes back; null where nobody has said */
  readonly remedy: string | null;
  readonly guards: readonly Guard[];
}

export const VARIABLE_FORMATS = [
  'url',
  'http-url',
  'ws-url',
  'postgres-url',
  'redis-url',
  'hex',
  'jwt-secret',
  'uuid',
  'number',
  'port',
  'boolean',
  'email',
] as const;
export type VariableFormat = (typeof VARIABLE_FORMATS)[number];

/** What one variable, or all whose names match a pattern, must be. Absent demands are null, false or empty. */
export interface VariableRule {
  /** a name, or a pattern in which `*` stands for any letters */
  readonly variable: string;
  /** empty: every service */
  readonly services: readonly string[];
  /** empty: every environment */
  readonly environments: readonly string[];
  readonly required: boolean;
  readonly format: VariableFormat | null;
  /** all that it may be; empty: anything */
  readonly equals: readonly string[];
  /** a regular expression over the whole value */
  readonly matches: string | null;
  /** characters */
  readonly minLength: number | null;
  /** `localhost`, `timestamp`, `placeholder`, or a regular expression */
  readonly forbid: readonly string[];
  readonly hosts: readonly string[];
  readonly tls: boolean;
  readonly same: boolean;
  readonly contradicts: readonly { readonly variable: string; readonly values: readonly string[] }[];
  readonly secret: boolean;
  readonly impact: string | null;
  readonly remedy: string | null;
  /** id of an incident */
  readonly incident: string | null;
}

/** What must hold before a deploy. */
export interface GateConfig {
  /** of suites that must pass; never empty */
  readonly priorities: readonly SuitePriority[];
  /** environment that they run in; null: the default one */
  readonly env: string | null;
  /** by suite: least tests that it executes */
  readonly floors: ReadonlyMap<string, number>;
  /** by service: the exact version that it must have had */
  readonly pins: ReadonlyMap<string, string>;
  readonly flaky: number;
  readonly skipped: number;
  /** least score of the audit; null: the audit's own threshold */
  readonly audit: number | null;
  /** null: no proof is asked for */
  readonly proof: ProofDemand | null;
  /** ms; null: as long as they take */
  readonly within: number | null;
}

export type AuditLevel = 'error' | 'warning' | 'off';

/** How test files are audited. */
export interface AuditConfig {
  /** globs of the test files that are meant; empty: all that suites claim */
  readonly files: readonly string[];
  /** globs of files with more rules */
  readonly rules: readonly string[];
  /** globs of what test files share: audited like them */
  readonly helpers: readonly string[];
  readonly levels: ReadonlyMap<string, AuditLevel>;
  /** lines */
  readonly limits: { readonly file: number; readonly function: number };
  /** what tests may be marked with, besides the tags of suites and categories */
  readonly tags: readonly string[];
  readonly allow: readonly {
    readonly rule: string;
    readonly files: readonly string[];
    readonly reason: string;
  }[];
  /** absolute path; null: every finding counts */
  readonly baseline: string | null;
  /** least score; null: findings alone decide */
  readonly threshold: number | null;
}

/** A test by name. */
export interface Guard {
  readonly file: FileId;
  /** titles from the outermost suite, joined by ` > ` */
  readonly title: string;
}

export interface EnvironmentConfig {
  readonly name: string;
  /** variables for services and tests; values may hold `${env.NAME}` */
  readonly env: Readonly<Record<string, string>>;
  /** URLs of services that are deployed already: they are used, never started. Values may hold `${env.NAME}` */
  readonly services: Readonly<Record<string, string>>;
  /** the product runs there already: nothing is started, and only black-box files apply */
  readonly deployed: boolean;
  /** suites that write do not run there */
  readonly refusesWrites: boolean;
  /** needs `--allow-<name>` before anything starts */
  readonly consent: boolean;
  /** by service: absolute paths of the files with its deployed variables; later ones win */
  readonly deployments: ReadonlyMap<string, readonly string[]>;
}

/** A test file that the registry claims. */
export interface ClaimedFile {
  readonly id: FileId;
  /** absolute */
  readonly path: string;
  readonly suite: string;
  /** its suite's needs, and what it needs besides as one of some files of it */
  readonly needs: readonly string[];
  /** it needs nothing but URLs, so that it also applies to a deployed product */
  readonly blackBox: boolean;
}

/** One thing that is wrong with what the user gave us, with everything that words need. */
export interface Diagnostic {
  /** what is wrong, one lower-case sentence without a full stop: `unknown service "postgress"` */
  readonly message: string;
  /** absolute path, null for the command line */
  readonly file: string | null;
  /** from 1; null where there is no position */
  readonly line: number | null;
  readonly column: number | null;
  /** length of the wrong text in characters, for the underline */
  readonly length: number | null;
  /** the nearest right name, or what was expected */
  readonly hint: string | null;
  /** what to do about it, null where the hint says it */
  readonly remedy: string | null;
  /** code frame, ready to print (no colour) */
  readonly frame: string | null;
  /** what has an exit code of its own; absent: the registry or the command line */
  readonly of?: 'filter';
}
