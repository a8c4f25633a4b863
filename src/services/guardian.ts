/**
 * A shell that outlives the runner by a moment. It holds the reading end of a pipe whose writing end only the runner
 * has; when the runner ends in any way, SIGKILL included, the kernel closes the pipe, and the guardian kills the groups
 * and removes the folders that were entered last. In its own session, so that the terminal's Ctrl-C does not reach it.
 * Measured by us: processes are gone about 15 ms after the runner was killed. What left its group by `setsid` is found by
 * the run's mark in its environment, where there is a /proc.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { ProcessIdentity } from '../processes/index.ts';

export interface Guardian {
  tell(word: GuardianWord): void;
  /** Ends it; it does what is left to do by then. */
  dismiss(): Promise<void>;
}

export type GuardianWord =
  /** a group to kill, by the identity of its leader; or one that is gone */
  | { readonly group: ProcessIdentity; readonly is: 'there' | 'gone' }
  | { readonly folder: string; readonly is: 'there' | 'gone' };

/**
 * `+g<pid>:<start time>`, `-g…`, `+d<path>`, `-d…`, a line each. A group is killed unless its leader's number has been
 * given to a process of another start time. What is killed may still write for a moment: folders are tried ten times.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
groups=' '
mark=$1
shift
started() {
  read -r stat < "/proc/$1/stat" || return
  set -- \${stat##*) }
  [ $# -ge 20 ] && shift 19 && echo "$1"
}
while IFS= read -r line; do
  name=\${line#??}
  case $line in
    +g*) groups="$groups$name " ;;
    -g*) rest=' '; for g in $groups; do [ "$g" = "$name" ] || rest="$rest$g "; done; groups=$rest ;;
    +d*) set -- "$@" "$name" ;;
    -d*) n=$#; while [ "$n" -gt 0 ]; do d=$1; shift; [ "$d" = "$name" ] || set -- "$@" "$d"; n=$((n - 1)); done ;;
  esac
done
{
  for g in $groups; do
    now=$(started "\${g%:*}")
    [ -z "$now" ] || [ -z "\${g#*:}" ] || [ "$now" = "\${g#*:}" ] || continue
    kill -9 "-\${g%:*}"
  done
  for file in $(grep -ls "$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}"
  done
  for again in 1 2 3 4 5 6 7 8 9 10; do
    [ $# -eq 0 ] && break
    rm -rf -- "$@" && break
    sleep 0.05
  done
} 2>/dev/null
`;

/** A process that holds the reading end of a pipe whose writing end only the runner has. */
export interface Watcher {
  readonly pipe: Writable;
  /** Lets go of the pipe, with a last word. @returns when it has ended */
  dismiss(word?: string): Promise<void>;
}

export function startWatcher(program: string, args: readonly string[]): Watcher {
  // An almost empty environment: nothing of the run's secrets belongs here, and no run id that a scan would find.
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // No such program: the other two ways of clearing up remain.
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => {});
  child.unref();
  // A pipe to a child is a socket underneath, which is what has `unref`; the types only say Writable.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    pipe: child.stdin,
    dismiss: async (word = '') => {
      child.ref();
      child.stdin.end(word);
      await ended;
    },
  };
}

/** @param mark `NAME=value`, letters and digits that mean nothing to grep */
export function startGuardian(mark: string): Guardian {
  const watcher = startWatcher('/bin/sh', ['-c', SCRIPT, 'runner-guardian', mark]);
  return {
    tell: (word) => void watcher.pipe.write(`${lineOf(word)}\n`),
    dismiss: () => watcher.dismiss(),
  };
}

function lineOf(word: GuardianWord): string {
  const sign = word.is === 'there' ? '+' : '-';
  if ('folder' in word) return `${sign}d${word.folder}`;
  return `${sign}g${word.group.pid}:${word.group.startTime}`;
}
