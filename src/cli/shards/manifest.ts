/** `shard.json` in the folder of a run: which part of which plan it is. What `runner merge` goes by. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Plan } from '../../categories/index.ts';
import type { RunId } from '../../events/index.ts';

const NAME = 'shard.json';

const schema = z.object({
  v: z.literal(1),
  run: z.string(),
  /** from 1 */
  index: z.int().min(1),
  total: z.int().min(1),
  /** sha256 (hex) of what every shard holds */
  digest: z.string(),
  /** files of all shards */
  all: z.int(),
  files: z.array(z.string()),
  /** what the plan is of, by name */
  of: z.record(z.string(), z.string()).default({}),
});

export type ShardManifest = z.output<typeof schema>;

/** @throws where the folder can't be written to */
export function writeManifest(
  runDir: string,
  run: RunId,
  shard: NonNullable<Plan['shard']>,
  files: Plan['files'],
): void {
  const manifest: ShardManifest = { v: 1, run, of: {}, ...shard, files: files.map(({ id }) => id) };
  writeFileSync(join(runDir, NAME), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Null where there is none, or none that can be read. */
export function readManifest(runDir: string): ShardManifest | null {
  try {
    return schema.parse(JSON.parse(readFileSync(join(runDir, NAME), 'utf8')));
  } catch {
    return null;
  }
}
