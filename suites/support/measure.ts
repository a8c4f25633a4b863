/** Numbers for people: how long events took, how much memory stays. Reported with the test, never compared with a clock. */
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The value below which `share` of the sorted values lie (nearest rank). */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

/**
 * Says how long events took from the server's stamp to the client's receipt, which the run's last screen then shows.
 * @param latencies ms @param took ms for all of them
 */
export function reportLatency(
  t: TestContext,
  users: number,
  latencies: readonly number[],
  took: number,
): void {
  const sorted = [...latencies].sort((one, other) => one - other);
  const at = (share: number): string => `${Math.round(percentile(sorted, share))} ms`;
  const rate = Math.round((sorted.length / took) * 1000);
  t.diagnostic(
    `${sorted.length} events to ${users} users: p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${at(1)}; ${rate} events/s`,
  );
}

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Bytes in use in this process after a full collection. */
export function heapInUse(): number {
  if (typeof collect !== 'function') throw new Error('this Node cannot collect garbage on demand');
  collect();
  return process.memoryUsage().heapUsed;
}

/** Collects all garbage, in a turn of its own: a weak reference is kept until the turn that looked at it has ended. */
export async function collected(): Promise<void> {
  await turn();
  heapInUse();
}
