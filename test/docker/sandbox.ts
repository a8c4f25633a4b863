/**
 * A Docker engine of our own, gone without a trace when we are: its programs unpacked from the distribution's packages
 * into a folder, not installed; itself in namespaces of its own (processes, network, mounts), so that the kernel ends
 * every process, takes down the bridge and unmounts everything as soon as the first process in there has ended. Nothing
 * outside of the folder is written, no firewall rule is touched, and nothing listens on anything but its own loopback.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = ['docker.io', 'containerd', 'runc', 'iptables', 'busybox-static', 'redis-tools'];
const LIBRARIES = ['liblzf1', 'libjemalloc2'];

/** Why there can be no engine here; null where there can. */
export function obstacle(): string | null {
  if (process.platform !== 'linux') return `an engine is started on Linux only, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root can start an engine';
  for (const program of ['apt-get', 'dpkg', 'unshare', 'tar', 'ldd']) {
    if (spawnSync(program, ['--version']).error !== undefined) return `there is no ${program}`;
  }
  const tried = spawnSync('unshare', [...NAMESPACES, 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `no namespaces can be made here: ${tried.stderr.trim()}`;
}

/** Ends with whatever is started in it: `--kill-child` covers us being killed. */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

export const insideSandbox = (program: string, args: readonly string[]): [string, string[]] => [
  'unshare',
  [...NAMESPACES, program, ...args],
];

/** Everything that the engine and the images are made of, below `folder`. @throws where a package can't be had */
export function unpackPackages(folder: string): void {
  const debs = join(folder, 'debs');
  mkdirSync(debs, { recursive: true });
  const download = (): void => {
    execFileSync('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...PACKAGES, ...LIBRARIES], {
      cwd: debs,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  try {
    download();
  } catch {
    execFileSync('apt-get', ['-qq', 'update'], { stdio: ['ignore', 'ignore', 'pipe'] });
    download();
  }
  for (const deb of readdirSync(debs)) execFileSync('dpkg', ['-x', join(debs, deb), folder]);
  for (const name of ['iptables', 'ip6tables']) {
    symlinkSync('xtables-legacy-multi', join(folder, 'usr', 'sbin', name));
  }
}

export interface Engine {
  readonly socket: string;
  /** the docker command on this engine; what it prints @throws where it fails */
  docker(...args: readonly string[]): string;
}

/** Called inside of the sandbox. @param folder with the unpacked packages */
export async function startEngine(folder: string, home: string): Promise<Engine> {
  execFileSync(join(folder, 'bin', 'busybox'), ['ip', 'link', 'set', 'lo', 'up']);
  mkdirSync(home, { recursive: true });
  const socket = join(home, 'docker.sock');
  const log = join(home, 'dockerd.log');
  const output = openSync(log, 'a');
  const path = ['usr/sbin', 'usr/bin'].map((part) => join(folder, part)).join(':');
  const flags = ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const places = ['--data-root', 'data', '--exec-root', 'exec', '--pidfile', 'pid'].map((word) =>
    word.startsWith('--') ? word : join(home, word),
  );
  const engine = spawn(join(folder, 'usr/sbin/dockerd'), [...flags, ...places, '-H', `unix://${socket}`], {
    env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    stdio: ['ignore', output, output],
  });
  engine.unref();
  const docker = (...args: readonly string[]): string =>
    execFileSync(join(folder, 'usr/bin/docker'), ['-H', `unix://${socket}`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      if (existsSync(socket)) docker('version');
      if (existsSync(socket)) return { socket, docker };
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (engine.exitCode !== null || Date.now() > deadline)
      throw new Error(`dockerd did not start: read ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
