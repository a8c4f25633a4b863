/**
 * Which files belong to which shard: by expected time, the longest first, each to the shard that has the least so far
 * (longest processing time first; Graham, "Bounds on multiprocessing timing anomalies", 1969: at most 4/3 of the best).
 * Pure: the same files with the same expected times give the same shards on every machine.
 */
import { createHash } from 'node:crypto';
import type { FileId } from '../events/index.ts';
import { byText } from './order.ts';

/** `--shard 2/3`: index 2 of 3, from 1. */
export interface Shard {
  readonly index: number;
  readonly total: number;
}

export interface Sharded {
  readonly files: ReadonlySet<FileId>;
  /** sha256 (hex) of `of` and of what every shard holds: shards of one plan have the same */
  readonly digest: string;
  /** files of all shards */
  readonly all: number;
}

/** What a plan is of, by name: environment, commit and the like. Runs in which one of these differs are not of one plan. */
export type PlanIdentity = Readonly<Record<string, string>>;

/** @param timeOf ms; null where nothing is known @param of what the plan is of @param files at least one a shard */
export function shardOf(
  files: readonly FileId[],
  { index, total }: Shard,
  timeOf: (file: FileId) => number | null,
  of: PlanIdentity,
): Sharded {
  // Whole milliseconds, and none without any: each shard gets a file.
  const weights = files.map((file) => ({ file, ms: Math.max(1, Math.round(timeOf(file) ?? 1)) }));
  weights.sort((a, b) => b.ms - a.ms || byText(a.file, b.file));
  const shards = Array.from({ length: total }, () => ({ ms: 0, files: [] as FileId[] }));
  for (const { file, ms } of weights) {
    const least = shards.reduce((best, shard) => (shard.ms < best.ms ? shard : best));
    least.ms += ms;
    least.files.push(file);
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([of, shards.map((shard) => shard.files.sort(byText))]))
    .digest('hex');
  return { files: new Set(shards[index - 1]?.files ?? []), digest, all: files.length };
}
