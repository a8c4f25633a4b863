/**
 * Redis from Debian's or Ubuntu's own archive, unpacked into the cache, without root and without installing anything:
 * apt with its state in a folder of ours checks signatures and hashes as always. In Debian `redis-server` is a link to a
 * program of the `redis-tools` package. Measured by us: 1.6 s for the lists, 1 s for 3.3 MB of packages, 0.3 s to
 * unpack. The programs use the system's libc, so the cache is kept by distribution, release and architecture.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';
import { cacheFolder, publish, stagingFor } from '../cache.ts';
import type { RunContext } from '../context.ts';
import { messageOf } from '../failure.ts';
import { takeLock } from '../lock.ts';
import { onPath, outputOf } from '../programs.ts';
import { allowed, plainVersion } from '../versions.ts';
import { type RedisProgram, withLibraries } from './server.ts';

const TIMEOUT = 120_000;
/** In every system that apt runs on, or only for installing. */
const NOT_NEEDED = new Set(['libc6', 'adduser', 'init-system-helpers', 'debconf', 'lsb-base']);

export type ArchivedRedis =
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'unfetched'; readonly folder: string }
  | { readonly kind: 'fetched'; readonly version: string; readonly program: RedisProgram };

/** What the system's archive can give, or has given already; asks no network. */
export async function archivedRedis(run: RunContext): Promise<ArchivedRedis> {
  const { env } = run.options;
  if (process.platform !== 'linux' || onPath('apt-get', env) === null || onPath('dpkg', env) === null) {
    return { kind: 'none', reason: 'this system has no apt' };
  }
  const folder = join(cacheFolder(run, 'redis'), releaseName());
  if (!existsSync(folder)) return { kind: 'unfetched', folder };
  const program = programOf(folder);
  const version = await versionOf(run, program);
  return version.ok ? { kind: 'fetched', version: version.value, program } : { kind: 'unfetched', folder };
}

/** @param range what the registry asks for; checked before anything is downloaded */
export async function fetchRedis(
  run: RunContext,
  range: string | null,
): Promise<Result<RedisProgram, string>> {
  const folder = cacheFolder(run, 'redis');
  const final = join(folder, releaseName());
  try {
    const kept = await usable(run, final, range);
    if (kept !== null) return kept;
    const lock = await takeLock(`${join(folder, '.lock')}-${releaseName()}`, run.signal);
    if (lock === null) return err('the run was stopped');
    try {
      return (await usable(run, final, range)) ?? (await fetched(run, final, range));
    } finally {
      await lock.release();
    }
  } catch (error) {
    return err(messageOf(error));
  }
}

/** What an earlier run fetched, if it runs here; null where there is none. */
async function usable(
  run: RunContext,
  tree: string,
  range: string | null,
): Promise<Result<RedisProgram, string> | null> {
  if (!existsSync(tree)) return null;
  const program = programOf(tree);
  const version = await versionOf(run, program);
  if (!version.ok) {
    // Other runs use the tree meanwhile: that this one is being stopped, or the machine is slow, says nothing about it.
    // Where it is really broken (the release was upgraded under it), the one fetched anew takes its place.
    return stopped(run) ? err('the run was stopped') : null;
  }
  if (allowed(version.value, range)) return ok(program);
  return err(`the archive's Redis is ${version.value}`);
}

async function fetched(
  run: RunContext,
  final: string,
  range: string | null,
): Promise<Result<RedisProgram, string>> {
  const staging = stagingFor(run, final);
  const apt = await preparedApt(run, join(staging, 'apt'));
  let candidate = await apt.candidate();
  if (candidate === null) {
    const updated = await apt.update();
    if (!updated.ok) return gaveUp(run, staging, updated.error);
    candidate = await apt.candidate();
  }
  if (candidate === null) return gaveUp(run, staging, 'the archive has no package redis-tools');
  if (!allowed(candidate, range)) return gaveUp(run, staging, `the archive's Redis is ${candidate}`);
  run.options.emit({
    kind: 'warning',
    code: 'redis-fetch',
    message: `no redis-server on PATH: fetching redis ${candidate} with apt into ${final} (once)`,
  });
  const packages = ['redis-tools', ...(await apt.dependencies('direct'))];
  let got = await apt.unpack(packages, staging);
  if (!got.ok) {
    // Lists that are older than the archive name files that are gone from it.
    const updated = await apt.update();
    got = updated.ok ? await apt.unpack(packages, staging) : updated;
  }
  if (!got.ok) return gaveUp(run, staging, got.error);
  let version = await linkedAndAsked(run, staging);
  if (!version.ok) {
    // A small system: also what its libraries need.
    const all = await apt.unpack(await apt.dependencies('all'), staging);
    version = all.ok ? await linkedAndAsked(run, staging) : all;
  }
  if (!version.ok) return gaveUp(run, staging, `the fetched redis-server does not run: ${version.error}`);
  await rm(join(staging, 'apt'), { recursive: true, force: true });
  await setAside(run, final);
  await publish(run, staging, final);
  return ok(programOf(final));
}

const stopped = ({ signal }: RunContext): boolean => signal.aborted;

/** Makes room for a tree that works; only its lock's holder may, and only with the other one ready. */
async function setAside(run: RunContext, final: string): Promise<void> {
  if (!existsSync(final)) return;
  const aside = stagingFor(run, final);
  await rename(final, aside);
  await run.ledger.removeDirectory(aside);
}

async function gaveUp(run: RunContext, staging: string, reason: string): Promise<Result<never, string>> {
  await run.ledger.removeDirectory(staging);
  return err(reason);
}

interface Apt {
  /** version of redis-tools that would be fetched; null where the lists know none */
  candidate(): Promise<string | null>;
  update(): Promise<Result<string, string>>;
  dependencies(which: 'direct' | 'all'): Promise<string[]>;
  unpack(packages: readonly string[], tree: string): Promise<Result<void, string>>;
}

/** Starts with the system's own lists, which are often fresh enough; `update` makes lists of our own. */
async function preparedApt(run: RunContext, home: string): Promise<Apt> {
  const folders = { lists: join(home, 'lists'), cache: join(home, 'cache'), debs: join(home, 'debs') };
  await mkdir(join(folders.lists, 'partial'), { recursive: true });
  await mkdir(join(folders.cache, 'archives', 'partial'), { recursive: true });
  await mkdir(folders.debs, { recursive: true });
  // What is only known from a file takes effect before apt looks at the system's folders.
  const settings = [
    `Dir::State "${home}";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::Cache "${folders.cache}";`,
    'Debug::NoLocking "1";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  let lists = '/var/lib/apt/lists';
  const config = join(home, 'apt.conf');
  // Images for containers have apt keep no index of its lists, so that each question would read all of them anew.
  const index = `Dir::Cache::pkgcache=${join(folders.cache, 'pkgcache.bin')}`;
  await writeFile(config, `${settings.join('\n')}\n`);
  const ask = (program: string, args: readonly string[]): Promise<Result<string, string>> =>
    outputOf(run, program, ['-o', `Dir::State::Lists=${lists}`, '-o', index, ...args], {
      env: { APT_CONFIG: config, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: TIMEOUT,
      cwd: folders.debs,
    });
  return {
    candidate: async () => {
      const policy = await ask('apt-cache', ['policy', 'redis-tools']);
      const found = policy.ok ? /Candidate:\s*(?:\d+:)?(\d[\w.]*)/.exec(policy.value)?.[1] : undefined;
      return found === undefined ? null : plainVersion(found);
    },
    update: () => {
      lists = folders.lists;
      return ask('apt-get', ['update', '-qq']);
    },
    dependencies: async (which) => {
      const recurse = which === 'all' ? ['--recurse'] : [];
      const only = [
        '--no-recommends',
        '--no-suggests',
        '--no-conflicts',
        '--no-breaks',
        '--no-replaces',
        '--no-enhances',
      ];
      const said = await ask('apt-cache', ['depends', ...recurse, ...only, 'redis-tools']);
      const names = said.ok
        ? [...said.value.matchAll(/^\s*Depends:\s*(lib[\w.+-]+)$/gm)].map(([, name = '']) => name)
        : [];
      return [...new Set(names)].filter((name) => !NOT_NEEDED.has(name));
    },
    unpack: async (packages, tree) => {
      const downloaded = await ask('apt-get', ['-qq', 'download', ...packages]);
      if (!downloaded.ok) return downloaded;
      const debs = (await readdir(folders.debs)).filter((file) => file.endsWith('.deb'));
      for (const deb of debs) {
        const unpacked = await outputOf(run, 'dpkg', ['-x', join(folders.debs, deb), tree], {
          timeout: TIMEOUT,
        });
        if (!unpacked.ok) return unpacked;
      }
      return ok(undefined);
    },
  };
}

async function linkedAndAsked(run: RunContext, tree: string): Promise<Result<string, string>> {
  const program = programOf(tree);
  if (!existsSync(program.path)) {
    await mkdir(join(tree, 'usr', 'bin'), { recursive: true });
    await symlink('redis-check-rdb', program.path);
  }
  return versionOf(run, program);
}

const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

function programOf(tree: string): RedisProgram {
  const triplet = MULTIARCH[process.arch] ?? `${process.arch}-linux-gnu`;
  return {
    provider: 'package',
    path: join(tree, 'usr', 'bin', 'redis-server'),
    libraries: [join(tree, 'usr', 'lib', triplet), join(tree, 'lib', triplet)],
  };
}

/** Three numbers; proves as well that the program and its libraries load. */
export async function versionOf(run: RunContext, program: RedisProgram): Promise<Result<string, string>> {
  const said = await outputOf(run, program.path, ['--version'], {
    env: withLibraries({}, program.libraries),
  });
  if (!said.ok) return said;
  const version = /\bv=(\d[\w.]*)/.exec(said.value)?.[1];
  const plain = version === undefined ? null : plainVersion(version);
  return plain === null ? err(`it calls itself "${said.value.trim().slice(0, 100)}"`) : ok(plain);
}

/** e.g. `debian-12-x64` */
function releaseName(): string {
  let text = '';
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // named by architecture alone
  }
  const field = (name: string): string =>
    new RegExp(`^${name}="?([\\w.-]+)"?$`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}-${process.arch}`;
}
