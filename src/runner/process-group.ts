/** What one attempt owns is a process group: ended whole, never by its leader alone, and verified to be empty. */
import { groupEmptied, signalGroup } from '../processes/index.ts';

/** SIGTERM, the grace (ms), then SIGKILL to all. @returns whether nothing is left; false: the kernel holds one */
export async function endGroup(pgid: number, grace: number): Promise<boolean> {
  signalGroup(pgid, 'SIGTERM');
  if (await groupEmptied(pgid, grace)) return true;
  signalGroup(pgid, 'SIGKILL');
  return groupEmptied(pgid, 2_000);
}
