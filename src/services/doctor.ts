/**
 * What each provider has to offer for each service of the registry, found with the same eyes as a run's and without
 * starting anything: a service that is deployed is asked for its version, nothing is fetched.
 */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type {
  Config,
  EnvironmentConfig,
  PostgresServiceConfig,
  ProcessServiceConfig,
  RedisServiceConfig,
  ServiceConfig,
} from '../config/index.ts';
import { err, newRunId, ok, type ProviderName, type Result } from '../events/index.ts';
import { createContext, type RunContext } from './context.ts';
import { deployedUrl, endpointOf } from './deployed.ts';
import { postgresChoice } from './postgres/index.ts';
import { isExecutable, onPath } from './programs.ts';
import type { Choice, Finding } from './providers.ts';
import { redisChoice } from './redis/index.ts';
import { createTemplates, type Templates } from './templates.ts';
import { allowed, plainVersion } from './versions.ts';

/** ms for a service of the user's that is deployed already */
const PATIENCE = 5_000;

export interface Diagnosis {
  readonly service: string;
  readonly kind: ServiceConfig['kind'];
  /** the version pin; null: any */
  readonly wanted: string | null;
  /** what a run would use; null: it can't be had */
  readonly chosen: ProviderName | null;
  readonly offers: readonly Offer[];
}

export type Offer = { readonly provider: ProviderName } & (
  | { readonly status: 'usable'; readonly version: string | null; readonly where: string }
  | {
      readonly status: 'unusable';
      readonly version: string | null;
      readonly where: string | null;
      readonly reason: string;
      readonly remedy: string;
    }
);

export interface DiagnoseOptions {
  readonly config: Config;
  readonly environment: EnvironmentConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly providers: ReadonlyMap<string, ProviderName>;
}

/** One diagnosis a service, in the registry's order. Leaves nothing behind. */
export async function diagnose(options: DiagnoseOptions): Promise<readonly Diagnosis[]> {
  const id = newRunId();
  const run = createContext(
    { ...options, runId: id, runDir: join(tmpdir(), id), emit: () => {}, leases: 1 },
    new AbortController().signal,
  );
  const templates = createTemplates(run.options);
  try {
    return await Promise.all(
      [...options.config.services.values()].map((service) => examined(run, service, templates)),
    );
  } finally {
    await run.ledger.settle();
  }
}

async function examined(run: RunContext, service: ServiceConfig, templates: Templates): Promise<Diagnosis> {
  const base = {
    service: service.name,
    kind: service.kind,
    wanted: service.kind === 'process' ? null : service.version,
  };
  const offers =
    service.kind === 'process'
      ? await processOffers(run, service, templates)
      : await storeOffers(run, service, templates);
  const forced = run.options.providers?.get(service.name) ?? null;
  const counted = offers.filter(({ provider }) => forced === null || provider === forced);
  // One that was asked for by its URL is used or fails: no other takes its place.
  const asked = counted.find(
    ({ provider, ...offer }) =>
      offer.status === 'usable' || (provider === 'external' && offer.where !== null),
  );
  return { ...base, offers, chosen: asked?.status === 'usable' ? asked.provider : null };
}

async function storeOffers(
  run: RunContext,
  service: PostgresServiceConfig | RedisServiceConfig,
  templates: Templates,
): Promise<readonly Offer[]> {
  const choice =
    service.kind === 'postgres'
      ? postgresChoice(run, service, templates)
      : redisChoice(run, service, templates);
  if (!choice.ok) {
    const { reason, remedy } = choice.error;
    return [{ provider: 'external', status: 'unusable', version: null, where: '', reason, remedy }];
  }
  return offersOf(choice.value, service);
}

async function offersOf(
  { candidates }: Choice,
  service: PostgresServiceConfig | RedisServiceConfig,
): Promise<readonly Offer[]> {
  const offers: Offer[] = [];
  for (const { provider, find } of candidates) {
    for (const finding of await find()) offers.push({ provider, ...(await asked(finding, service.version)) });
  }
  return offers;
}

type Verdict = Offer extends infer One ? (One extends Offer ? Omit<One, 'provider'> : never) : never;

async function asked(finding: Finding, range: string | null): Promise<Verdict> {
  if (finding.kind === 'unusable') {
    const { version, where, reason, remedy } = finding;
    return { status: 'unusable', version, where, reason, remedy };
  }
  const { where } = finding;
  if (finding.ask === undefined) return { status: 'usable', version: finding.version, where };
  const said = await finding.ask();
  if (!said.ok) {
    const remedy = 'see that it runs there and lets this user in, or unset what names it';
    return { status: 'unusable', version: null, where, reason: said.error, remedy };
  }
  const version = said.value;
  const plain = version === null ? null : plainVersion(version);
  if (plain === null || allowed(plain, range)) return { status: 'usable', version, where };
  const reason = `is ${version}, wanted is ${range}`;
  return { status: 'unusable', version, where, reason, remedy: 'unset what names it, or change `version`' };
}

/** A program of the user's own: deployed already, or started from here. */
async function processOffers(
  run: RunContext,
  service: ProcessServiceConfig,
  templates: Templates,
): Promise<readonly Offer[]> {
  return [
    { provider: 'external', ...(await deployedVerdict(run, service, templates)) },
    { provider: 'process', ...startable(run, service) },
  ];
}

async function deployedVerdict(
  run: RunContext,
  service: ProcessServiceConfig,
  templates: Templates,
): Promise<Verdict> {
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok) return refused(deployed.error, 'set it, or unset what names it', '');
  if (deployed.value === null) {
    return refused(`${service.urlEnv} is not set`, `${service.urlEnv}=http://127.0.0.1:8080`);
  }
  const { url, source } = deployed.value;
  const port = url.port || (/^(https|wss):/.test(url.protocol) ? '443' : '80');
  const where = `${endpointOf(url, port)} (${source})`;
  const answered = await accepts(url.hostname, Number(port));
  if (!answered.ok) return refused(answered.error, `see that it runs there, or unset ${source}`, where);
  return { status: 'usable', version: null, where };
}

const refused = (reason: string, remedy: string, where: string | null = null): Verdict => ({
  status: 'unusable',
  version: null,
  where,
  reason,
  remedy,
});

function accepts(host: string, port: number): Promise<Result<null, string>> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, timeout: PATIENCE });
    const end = (result: Result<null, string>): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(ok(null)));
    socket.once('timeout', () => end(err(`no answer within ${PATIENCE} ms`)));
    socket.once('error', (error) => end(err(error.message)));
  });
}

function startable(run: RunContext, { name, run: words, cwd }: ProcessServiceConfig): Verdict {
  const [program = '', ...args] = words;
  if (!existsSync(cwd)) return refused(`there is no folder ${cwd}`, `correct \`cwd\` of "${name}"`);
  // What holds ${…} is only known when it runs.
  const known = (word: string): boolean => !word.includes('${');
  if (known(program) && !isExecutable(pathOf(run, program, cwd))) {
    return refused(`there is no program "${program}"`, `correct \`run\` of "${name}", or install it`);
  }
  const script = args.find((word) => known(word) && /\.[cm]?[jt]s$/.test(word));
  if (program === 'node' && script !== undefined && !existsSync(resolve(cwd, script))) {
    return refused(`there is no file ${resolve(cwd, script)}`, `build it, or correct \`run\` of "${name}"`);
  }
  const version = program === 'node' ? process.versions.node : null;
  return { status: 'usable', version, where: words.join(' ') };
}

function pathOf(run: RunContext, program: string, cwd: string): string {
  if (program === 'node') return process.execPath;
  return program.includes('/') ? resolve(cwd, program) : (onPath(program, run.options.env) ?? '');
}
