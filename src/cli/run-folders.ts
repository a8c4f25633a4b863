/** Where a run keeps what outlives it: `.runner/runs/<run>/`, the newest twenty. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunId } from '../events/index.ts';
import { projectFolder } from '../runner/index.ts';

const KEPT = 20;
/** The shape of a RunId: only folders that a run has made are ever removed. */
const RUN_FOLDER = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** Makes the run's folder and removes the oldest beyond twenty. @throws where the project can't be written to */
export function makeRunFolder(root: string, run: RunId): string {
  const folder = projectFolder(root, 'runs', run);
  const runs = dirname(folder);
  const old = readdirSync(runs)
    .filter((name) => RUN_FOLDER.test(name))
    .sort()
    .slice(0, -KEPT);
  for (const name of old) rmSync(join(runs, name), { recursive: true, force: true });
  return folder;
}
