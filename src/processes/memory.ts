/** How much memory process groups take, as the system counts it. */
import { readFileSync } from 'node:fs';
import { statOf } from './stat.ts';

/**
 * Resident memory of each group, bytes: the sum over its processes, so that what they share counts once for each of them.
 * A group without a living process is not among them. Empty where there is no /proc.
 * @param among ids that are looked at
 */
export function memoryOfGroups(
  groups: ReadonlySet<number>,
  among: readonly number[],
): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const pid of among) {
    const group = statOf(pid)?.group;
    if (group === undefined || !groups.has(group)) continue;
    const resident = residentOf(pid);
    if (resident > 0) sums.set(group, (sums.get(group) ?? 0) + resident);
  }
  return sums;
}

/** proc(5): `VmRSS:     1234 kB`, where kB means 1024 bytes; one that has ended has none. */
function residentOf(pid: number): number {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
