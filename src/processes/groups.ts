/** Process groups: what a service and everything it starts belongs to, unless it leaves on purpose (`setsid`). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // empty already
  }
}

/** Waits until no living process is left in the group; false when `ms` have passed before. */
export async function groupEmptied(pid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (let pause = 1; ; pause = Math.min(pause * 1.5, 25)) {
    if (!groupExists(pid)) return true;
    // A member that died but was not waited for keeps the group in being; only /proc tells it from a living one.
    if (pause > 4 && !hasLivingMember(pid)) return true;
    if (performance.now() >= deadline) return false;
    await sleep(pause);
  }
}

/** A group whose last member is dead but not yet waited for still exists. */
export function groupExists(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is a group, but of another user
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function hasLivingMember(group: number): boolean {
  const all = processIds();
  if (all.length === 0) return true;
  return all.some((pid) => {
    const stat = statOf(pid);
    return stat !== null && stat.group === group && stat.state !== 'Z' && stat.state !== 'X';
  });
}

/** The variable that every service of a run has, and whatever a service starts unless it takes it away. */
export const MARK = 'RUNNER_SERVICE_OF';

export const markOf = (runId: string): string => `${MARK}=${runId}`;

export interface FoundProcess {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/**
 * Living processes that carry a mark of ours though they left every group we know: the run id in their environment, or
 * a working folder inside one of the run's folders (Postgres overwrites its environment, but works in its data folder).
 * Empty where there is no /proc.
 */
export function findMarked(runId: string, directories: readonly string[]): FoundProcess[] {
  const mark = markOf(runId);
  return processIds().flatMap((pid) => {
    if (pid === process.pid || !(hasMark(pid, mark) || worksIn(pid, directories))) return [];
    const stat = statOf(pid);
    return stat === null || stat.state === 'Z' ? [] : [{ pid, group: stat.group, command: stat.command }];
  });
}

/** SIGKILL to one process; false where it is still there a second later. */
export async function killed(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return !isAlive(pid);
  }
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await sleep(10);
  return !isAlive(pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return statOf(pid)?.state !== 'Z';
}

/** Clock ticks since boot at which a process began: with the pid it names a process for good. Null where unknown. */
export function startTimeOf(pid: number): string | null {
  return statOf(pid)?.startTime ?? null;
}

/** Within which a pid means something; empty where the system has none. */
export function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Different after each boot; empty where the system has none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** Ids of the group's members; empty where there is no /proc. */
export function membersOf(group: number): number[] {
  return processIds().filter((pid) => statOf(pid)?.group === group);
}

/** The group's living members with the names of their programs; empty where there is no /proc. */
export function livingMembersOf(group: number): { readonly pid: number; readonly command: string }[] {
  return membersOf(group).flatMap((pid) => {
    const stat = statOf(pid);
    return stat === null || stat.state === 'Z' || stat.state === 'X' ? [] : [{ pid, command: stat.command }];
  });
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** proc(5): `pid (command) state ppid pgrp …`, the 22nd field is the start time; a command may hold spaces and `)`. */
function statOf(pid: number): { command: string; state: string; group: number; startTime: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return {
      command: text.slice(text.indexOf('(') + 1, end),
      state: fields[0] ?? '',
      group: Number(fields[2]),
      startTime: fields[19] ?? '',
    };
  } catch {
    return null;
  }
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function worksIn(pid: number, directories: readonly string[]): boolean {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    return directories.some((directory) => folder === directory || folder.startsWith(`${directory}/`));
  } catch {
    return false;
  }
}
