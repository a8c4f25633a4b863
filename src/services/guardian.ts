/**
 * A shell that outlives the runner by a moment. It holds the reading end of a pipe whose writing end only the runner
 * has; when the runner ends in any way, SIGKILL included, the kernel closes the pipe, and the guardian kills the groups
 * and removes the folders that were entered last. In its own session, so that the terminal's Ctrl-C does not reach it.
 * Measured by us: processes are gone about 15 ms after the runner was killed.
 *
 * Where there is a /proc, what it was not told of is found by the run's mark in its environment, or by a working folder of the
 * run, there or removed: what left its group by `setsid`, and what was forked at the very moment of the kill (servers that
 * overwrite their environment have no mark for long). Since a fork may be on its way while it looks, it looks again.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { markOf, type ProcessIdentity } from '../processes/index.ts';
import { folderPrefixOf } from './folders.ts';

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
 * `+g<pid>:<start time>`, `-g…`, `+d<path>`, `-d…`, a line each, and `q` where the runner itself has looked. A group is killed
 * unless its leader's number has been given to a process of another start time; by its folder alone, nobody who sits at a
 * terminal. What is killed may still write for a moment: folders are tried ten times.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
groups=' '
mark=$1
folder=$2
shift 2
again='0.05 0.1 0.2 0.4'
started() {
  read -r stat < "/proc/$1/stat" || return
  set -- \${stat##*) }
  [ $# -ge 20 ] && shift 19 && echo "$1"
}
at_terminal() {
  read -r stat < "/proc/$1/stat" || return
  set -- \${stat##*) }
  [ "$5" != 0 ]
}
look() {
  for file in $(grep -ls "$mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}"
  done
  ls -ld /proc/[0-9]*/cwd | while IFS= read -r link; do
    case $link in *' -> '*"/$folder"*) ;; *) continue ;; esac
    pid=\${link#*/proc/}
    pid=\${pid%%/*}
    at_terminal "$pid" || kill -9 "$pid"
  done
}
clear() {
  for try in 1 2 3 4 5 6 7 8 9 10; do
    [ $# -eq 0 ] && break
    rm -rf -- "$@" && break
    sleep 0.05
  done
}
while IFS= read -r line; do
  name=\${line#??}
  case $line in
    +g*) groups="$groups$name " ;;
    -g*) rest=' '; for g in $groups; do [ "$g" = "$name" ] || rest="$rest$g "; done; groups=$rest ;;
    +d*) set -- "$@" "$name" ;;
    -d*) n=$#; while [ "$n" -gt 0 ]; do d=$1; shift; [ "$d" = "$name" ] || set -- "$@" "$d"; n=$((n - 1)); done ;;
    q) again= ;;
  esac
done
{
  for g in $groups; do
    now=$(started "\${g%:*}")
    [ -z "$now" ] || [ -z "\${g#*:}" ] || [ "$now" = "\${g#*:}" ] || continue
    kill -9 "-\${g%:*}"
  done
  look
  clear "$@"
  for pause in $again; do
    sleep "$pause"
    look
    clear "$@"
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

export function startGuardian(runId: string): Guardian {
  const args = ['-c', SCRIPT, 'runner-guardian', markOf(runId), folderPrefixOf(runId)];
  const watcher = startWatcher('/bin/sh', args);
  return {
    tell: (word) => void watcher.pipe.write(`${lineOf(word)}\n`),
    dismiss: () => watcher.dismiss('q\n'),
  };
}

function lineOf(word: GuardianWord): string {
  const sign = word.is === 'there' ? '+' : '-';
  if ('folder' in word) return `${sign}d${word.folder}`;
  return `${sign}g${word.group.pid}:${word.group.startTime}`;
}
