/**
 * A process group is what one attempt owns: killed whole, never by its leader alone, and verified to be empty.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Whether any process of the group is alive. Zombies that nobody has reaped count as dead. */
function groupAlive(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const members = groupMembers(pgid);
  return members === null || members.length > 0;
}

/** Sends the signal to every member; a group that is gone already is no error. */
function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pgid, signal);
  } catch {
    // ESRCH: nobody left.
  }
}

/** Living members, or null where the system has no /proc to tell zombies from the living. */
export function groupMembers(
  pgid: number,
): readonly { readonly pid: number; readonly command: string }[] | null {
  try {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      const stat = readStat(name);
      return stat !== null && stat.pgid === pgid && stat.state !== 'Z'
        ? [{ pid: Number(name), command: stat.command }]
        : [];
    });
  } catch {
    return null;
  }
}

function readStat(pid: string): { command: string; state: string; pgid: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): `pid (comm) state ppid pgrp …`; comm may hold blanks and parentheses.
    const end = text.lastIndexOf(')');
    const [state = '', , pgid = ''] = text.slice(end + 2).split(' ');
    return { command: text.slice(text.indexOf('(') + 1, end), state, pgid: Number(pgid) };
  } catch {
    return null;
  }
}

/** Waits until the group is empty. @returns whether it is, within `ms` */
export async function groupGone(pgid: number, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (let pause = 1; groupAlive(pgid); pause = Math.min(pause * 1.5, 50)) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}

/** SIGTERM, the grace, then SIGKILL to all. @returns whether nothing is left; false means that the kernel holds one */
export async function endGroup(pgid: number, grace: number): Promise<boolean> {
  signalGroup(pgid, 'SIGTERM');
  if (await groupGone(pgid, grace)) return true;
  signalGroup(pgid, 'SIGKILL');
  return groupGone(pgid, 2_000);
}

const live = new Set<number>();

/** Remembers a group while it may be alive, so that the last synchronous sweep knows it. @returns how to forget it */
export function trackGroup(pgid: number): () => void {
  live.add(pgid);
  return () => void live.delete(pgid);
}

/** The last resort on the way out of the process: SIGKILL to every group that is still tracked. Synchronous. */
export function killAllGroups(): void {
  for (const pgid of live) signalGroup(pgid, 'SIGKILL');
}
