/**
 * What one attempt owns: a process group, ended whole, never by its leader alone, and verified to be empty; and whatever
 * left that group (`setsid`, a double fork), which is found by the attempt's id in its environment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FoundProcess,
  groupEmptied,
  killed,
  livingMembersOf,
  type Newcomers,
  signalGroup,
} from '../processes/index.ts';

/** How long what a file started may take to end by itself after the file's own process, ms. */
const STRAGGLE = 300;
/** What left the group on purpose may be on its way out as well: a watchdog that sees its file end. ms */
const ESCAPED = 1_000;
const LOOK = 20;

/** SIGTERM, the grace (ms), then SIGKILL to all. @returns whether nothing is left; false: the kernel holds one */
export async function endGroup(pgid: number, grace: number): Promise<boolean> {
  signalGroup(pgid, 'SIGTERM');
  if (await groupEmptied(pgid, grace)) return true;
  signalGroup(pgid, 'SIGKILL');
  return groupEmptied(pgid, 2_000);
}

/** Names of the processes that outlived their file; one that is on its way out is given a moment. */
export async function stragglers(group: number): Promise<readonly string[]> {
  if (await groupEmptied(group, STRAGGLE)) return [];
  const left = livingMembersOf(group);
  return left.length === 0
    ? [`process group ${group}`]
    : left.map(({ pid, command }) => `${command} (${pid})`);
}

/**
 * Kills what left the group. @param patience whether what is on its way out is waited for
 * @returns names of those that did not end by themselves
 */
export async function endEscaped(
  newcomers: Newcomers,
  {
    attempt,
    group,
    patience,
  }: { readonly attempt: string; readonly group: number; readonly patience: boolean },
): Promise<readonly string[]> {
  const found = (): readonly FoundProcess[] => newcomers.having(`RUNNER_ATTEMPT_ID=${attempt}`, group);
  let left = found();
  const until = performance.now() + (patience ? ESCAPED : 0);
  while (left.length > 0 && performance.now() < until) {
    await sleep(LOOK);
    left = found();
  }
  const names = left.map(({ pid, command }) => `${command} (${pid}), which had left its process group`);
  // What they fork until they are gone has the same id.
  for (let round = 0; left.length > 0 && round < 5; round += 1) {
    await Promise.all(left.map(killed));
    left = found();
  }
  return names;
}
