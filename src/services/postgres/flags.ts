/**
 * How a throw-away Postgres is run: nothing survives the run, so nothing is made durable. Measured by us on Postgres 18:
 * first SQL answer 30 ms after the spawn. What each flag needs as a version stands beside it.
 */
export interface ServerPlace {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly maxConnections: number;
  /** what the registry asks for */
  readonly settings: Readonly<Record<string, string>>;
}

export function serverFlags(major: number, place: ServerPlace): string[] {
  return [
    '-D',
    place.dataDir,
    ...asFlags({
      listen_addresses: '127.0.0.1',
      port: String(place.port),
      // a list: the quotes keep a comma or a space in a path from splitting it
      unix_socket_directories: `"${place.socketDir}"`,
      unix_socket_permissions: '0700',
      ...throwAwaySettings(major, place.maxConnections),
      ...place.settings,
    }),
  ];
}

export const asFlags = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** @param major null: nobody knows yet, and nothing is set that only some versions have */
export function throwAwaySettings(major: number | null, maxConnections: number): Record<string, string> {
  return {
    max_connections: String(maxConnections),
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    checkpoint_timeout: '1h',
    max_wal_size: '1GB',
    autovacuum: 'off',
    jit: 'off',
    shared_buffers: '128MB',
    // segments in the data folder: those in /dev/shm stay behind when a server is killed by SIGKILL
    dynamic_shared_memory_type: 'mmap',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] %d %a ',
    // the default from 14 on
    password_encryption: 'scram-sha-256',
    // The password has 192 random bits: more rounds would protect nothing and cost each connection milliseconds.
    ...(major !== null && major >= 16 ? { scram_iterations: '1' } : {}),
    ...(major !== null && major >= 18 ? { io_method: 'sync' } : {}),
  };
}

/** A collation by code point that is the same on every system, and the smallest WAL segments, since they are copied. */
export function initdbFlags(major: number, dataDir: string): string[] {
  return ['-D', dataDir, ...initdbOptions(major)];
}

export function initdbOptions(major: number): string[] {
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  return [
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    `--locale=${locale}`,
    '--wal-segsize=1',
    '--no-sync',
    ...(major >= 14 ? ['--no-instructions'] : []),
    // Its own bootstrap too: a segment in /dev/shm would outlive an initdb that is killed.
    ...(major >= 16 ? ['--set', 'dynamic_shared_memory_type=mmap'] : []),
    ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    ...(major >= 18 ? ['--no-data-checksums'] : []),
  ];
}

/** The superuser only through the socket, in a folder that only the server's own uid and root can enter; no other trust. */
export const HBA = `local all postgres trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`;

/** Longest path of a Unix socket in bytes, without the ending NUL (sun_path is 108 on Linux, 104 on macOS). */
export const SOCKET_PATH_MAX = process.platform === 'linux' ? 107 : 103;
