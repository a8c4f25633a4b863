/** Process groups: what a service and everything it starts belongs to, unless it leaves on purpose (`setsid`). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from './identity.ts';
import { hasEnded, processIds, statOf } from './stat.ts';

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // empty already
  }
}

/**
 * As `signalGroup`, for a group of which nobody was told that it is empty. While it has a member, no other process gets its
 * number; where another process has it, the group has gone.
 */
export function signalGroupOf({ pid, startTime }: ProcessIdentity, signal: NodeJS.Signals): void {
  const leader = statOf(pid);
  if (leader === null || startTime === '' || leader.startTime === startTime) signalGroup(pid, signal);
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
    return stat !== null && stat.group === group && !hasEnded(stat);
  });
}

/** Ids of the group's members; empty where there is no /proc. */
export function membersOf(group: number): number[] {
  return processIds().filter((pid) => statOf(pid)?.group === group);
}

/** The group's living members with the names of their programs; empty where there is no /proc. */
export function livingMembersOf(group: number): { readonly pid: number; readonly command: string }[] {
  return membersOf(group).flatMap((pid) => {
    const stat = statOf(pid);
    return stat === null || hasEnded(stat) ? [] : [{ pid, command: stat.command }];
  });
}
