/** Ending a warm set, whatever state its owner is in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { killed } from '../../processes/index.ts';
import { sweepDeadRuns } from '../sweep.ts';
import { forget, isRunning, ownershipOf } from './claim.ts';
import { connectOwner } from './client.ts';

/** ms that an owner gets to stop everything, before it is killed and its remains are swept */
const PATIENCE = 20_000;

/** @returns what could not be removed; resolves when the owner's process has gone */
export async function releaseOwner(folder: string): Promise<readonly string[]> {
  const owner = ownershipOf(folder);
  if (owner.kind === 'none') return [];
  const { record } = owner;
  if (owner.kind === 'died') {
    await sweepDeadRuns();
    forget(folder, record);
    return [];
  }
  const leftovers = await takenDown(record.socket);
  // It says that it is down a moment before its process ends.
  const deadline = performance.now() + PATIENCE;
  while (isRunning(record) && performance.now() < deadline) await sleep(5);
  if (isRunning(record)) await killed(record);
  if (leftovers.length > 0 || ownershipOf(folder).kind !== 'died') return leftovers;
  await sweepDeadRuns();
  forget(folder, record);
  return [];
}

/** @returns what its owner could not remove; nothing where it did not answer */
async function takenDown(socket: string): Promise<readonly string[]> {
  const connected = await connectOwner(socket);
  if (!connected.ok) return [];
  const reply = await connected.value.ask({ op: 'down' });
  connected.value.close();
  return reply.ok && reply.value.kind === 'down' ? reply.value.leftovers : [];
}
