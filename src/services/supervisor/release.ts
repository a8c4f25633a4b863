/** Ending a warm set, whatever state its owner is in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { killed } from '../../processes/index.ts';
import { sweepDeadRuns } from '../sweep.ts';
import { forget, ownershipOf } from './claim.ts';
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
  const connected = await connectOwner(record.socket);
  if (connected.ok) {
    const reply = await connected.value.ask({ op: 'down' });
    connected.value.close();
    if (reply.ok && reply.value.kind === 'down' && reply.value.leftovers.length > 0) {
      return reply.value.leftovers;
    }
  }
  const deadline = performance.now() + PATIENCE;
  while (ownershipOf(folder).kind === 'alive' && performance.now() < deadline) await sleep(10);
  if (ownershipOf(folder).kind === 'alive') await killed(record.pid);
  if (ownershipOf(folder).kind !== 'died') return [];
  await sweepDeadRuns();
  forget(folder, record);
  return [];
}
