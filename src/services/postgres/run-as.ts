/**
 * Postgres refuses to run as root. As another user it runs as it is; as root one of these is used, the first that works
 * here, found out by trying, because what a container or a kernel allows can't be read anywhere:
 *   1. another uid, where it can reach the programs and the run's folder
 *   2. a user namespace in which we are `nobody`
 *   3. a user namespace without a mapping
 * initdb wants its uid to stand in /etc/passwd, the server does not; 65534 (`nobody`) stands there nearly everywhere.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';
import { outerEnvironment, type RunContext } from '../context.ts';
import { logTail } from '../failure.ts';
import { runToEnd } from '../launch.ts';

export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace'; readonly options: readonly string[] };

interface Wrapped {
  readonly program: string;
  readonly args: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
}

export function wrapped(as: RunAs, program: string, args: readonly string[]): Wrapped {
  switch (as.kind) {
    case 'self':
      return { program, args };
    case 'user':
      return { program, args, user: { uid: as.uid, gid: as.gid } };
    case 'namespace':
      // unshare(1) executes the program in its own place: the pid stays the same.
      return { program: 'unshare', args: ['--user', ...as.options, '--', program, ...args] };
  }
}

/**
 * @param folder where the server will have its data; handed over to the other user where there is one
 * @returns an error that tells what each way said
 */
export async function findRunAs(
  run: RunContext,
  bin: string,
  folder: string,
): Promise<Result<RunAs, string>> {
  if (process.getuid?.() !== 0) return ok({ kind: 'self' });
  const said: string[] = [];
  for (const as of candidates()) {
    const problem = await tried(run, as, bin, folder);
    if (problem === null) return ok(as);
    said.push(`${nameOf(as)}: ${problem}`);
  }
  return err(`Postgres does not run as root, and no other way works here (${said.join('; ')})`);
}

const nameOf = (as: RunAs): string =>
  as.kind === 'user'
    ? `as uid ${as.uid}`
    : as.kind === 'self'
      ? 'as it is'
      : ['unshare --user', ...as.options].join(' ');

function candidates(): RunAs[] {
  const user = passwd('postgres') ?? passwd('nobody') ?? { uid: 65534, gid: 65534 };
  return [
    { kind: 'user', ...user },
    { kind: 'namespace', options: ['--map-user=65534', '--map-group=65534'] },
    { kind: 'namespace', options: [] },
  ];
}

/** Runs `postgres --version` from the data folder and writes there, as it would have to. */
async function tried(run: RunContext, as: RunAs, bin: string, folder: string): Promise<string | null> {
  const { chown, rm } = await import('node:fs/promises');
  try {
    if (as.kind === 'user') await chown(folder, as.uid, as.gid);
    else await chown(folder, 0, 0);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const log = `${dirname(folder)}/try-${basename(folder)}.log`;
  const script = 'cd "$1" && : > tried && exec "$2" --version';
  const ended = await runToEnd(
    run,
    {
      ...wrapped(as, '/bin/sh', ['-c', script, 'sh', folder, `${bin}/postgres`]),
      cwd: '/',
      env: outerEnvironment(run.options.env),
      log,
    },
    10_000,
  );
  const output = logTail(log).join(' ');
  await Promise.all([log, `${folder}/tried`].map((path) => rm(path, { force: true })));
  if (!ended.ok) return ended.error;
  return ended.value.code === 0 ? null : output || `exit code ${ended.value.code}`;
}

function passwd(name: string): { uid: number; gid: number } | null {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
  } catch {
    return null;
  }
}
