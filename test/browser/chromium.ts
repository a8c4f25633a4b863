/**
 * Debian's Chromium, without root and without installing anything: apt works out what this machine lacks, with its state
 * in a folder of ours, and the packages are unpacked into the user's cache. Measured: 6 s to fetch 124 MB, 11 s to
 * unpack. A Chromium that is named in CHROMIUM or is on PATH is taken as it is.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGES = ['chromium', 'fonts-dejavu-core'];
const TIMEOUT = 300_000;

export interface Chromium {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws where there is none and none can be had; the message says why */
export async function chromium(): Promise<Chromium> {
  const named = process.env.CHROMIUM ?? onPath('chromium') ?? onPath('chromium-browser');
  if (named !== null) return { path: named, env: process.env };
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const tree = join(cache, 'unified-test-runner', 'chromium', process.arch);
  if (!existsSync(tree)) await fetched(tree);
  return unpacked(tree);
}

function onPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

async function fetched(tree: string): Promise<void> {
  if (process.platform !== 'linux' || onPath('apt-get') === null) {
    throw new Error('no chromium on PATH, and this system has no apt: name one in CHROMIUM');
  }
  const staging = `${tree}.${process.pid}.part`;
  const apt = join(staging, 'apt');
  await mkdir(join(apt, 'lists', 'partial'), { recursive: true });
  await mkdir(join(apt, 'archives', 'partial'), { recursive: true });
  const config = join(apt, 'apt.conf');
  const settings = [
    `Dir::State "${apt}";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::Cache "${apt}";`,
    'Debug::NoLocking "1";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User "root";'] : []),
  ];
  await writeFile(config, `${settings.join('\n')}\n`);
  const env = { ...process.env, APT_CONFIG: config, DEBIAN_FRONTEND: 'noninteractive' };
  const get = (...args: readonly string[]): Promise<unknown> =>
    run('apt-get', ['-qq', ...args], { env, timeout: TIMEOUT });
  try {
    await get('update');
    await get('install', '--download-only', '--yes', '--no-install-recommends', ...PACKAGES);
    const archives = join(apt, 'archives');
    for (const file of await readdir(archives)) {
      if (file.endsWith('.deb'))
        await run('dpkg', ['-x', join(archives, file), staging], { timeout: TIMEOUT });
    }
    await rm(apt, { recursive: true, force: true });
    await rename(staging, tree);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Two that fetch at once: the first one's is as good.
    if (!existsSync(tree)) throw new Error(`chromium could not be fetched with apt: ${messageOf(error)}`);
  }
}

/** The libraries that came with it, and its fonts, as those of a system would be found. */
async function unpacked(tree: string): Promise<Chromium> {
  const lib = join(tree, 'usr', 'lib');
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const fonts = join(tree, 'fonts.conf');
  await writeFile(fonts, fontsConfig(tree));
  return {
    path: join(lib, 'chromium', 'chromium'),
    env: {
      ...process.env,
      LD_LIBRARY_PATH: [
        join(lib, triplet),
        join(lib, triplet, 'pulseaudio'),
        join(tree, 'lib', triplet),
      ].join(':'),
      FONTCONFIG_FILE: fonts,
    },
  };
}

const fontsConfig = (tree: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${tree}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${tree}/fontcache</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.trim() : String(error));
