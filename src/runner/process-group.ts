/** What one attempt owns is a process group: ended whole, never by its leader alone, and verified to be empty. */
import { groupEmptied, signalGroup } from '../processes/index.ts';

/** SIGTERM, the grace (ms), then SIGKILL to all. @returns whether nothing is left; false: the kernel holds one */
export async function endGroup(pgid: number, grace: number): Promise<boolean> {
  signalGroup(pgid, 'SIGTERM');
  if (await groupEmptied(pgid, grace)) return true;
  signalGroup(pgid, 'SIGKILL');
  return groupEmptied(pgid, 2_000);
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
