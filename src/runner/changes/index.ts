/**
 * What a change reaches. In: the registry, the files that it claims, a commit. Out: the test files that are affected, each
 * with the reason. It reads sources and asks git; it starts no test and writes nothing.
 */
import { realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { type ClaimedFile, type Config, recordsFolder } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import { type Affected, affected, entriesOf } from './affected.ts';
import { changesSince, type GitProblem } from './git.ts';
import { importGraph } from './graph.ts';

export type { Affected } from './affected.ts';
export { type Saves, watchSaves } from './saves.ts';

export interface Reached extends Affected {
  /** full id of the commit that was compared with */
  readonly base: string;
  /** changed files, relative to the registry's folder */
  readonly changed: readonly string[];
}

/** @param ref see `changesSince` */
export async function changedSince(
  ref: string,
  config: Config,
  claimed: readonly ClaimedFile[],
): Promise<Result<Reached, GitProblem>> {
  const changes = await changesSince(config.root, ref);
  if (!changes.ok) return changes;
  const files = changes.value.files.flatMap((path) => named(path, config.root));
  const found = await reachedBy(files, config, claimed);
  const changed = files.map((path) => relative(config.root, path).split(sep).join('/'));
  return ok({ ...found, base: changes.value.base, changed });
}

/** @param changed absolute paths, written as the registry's folder is */
export async function reachedBy(
  changed: readonly string[],
  config: Config,
  claimed: readonly ClaimedFile[],
): Promise<Affected> {
  if (changed.length === 0) return { files: new Map(), idle: [] };
  return affected(config, claimed, changed, await importGraph(entriesOf(config, claimed)));
}

/** Git names real paths; the registry's folder may be reached by a link. What the runner keeps is no change. */
function named(path: string, root: string): readonly string[] {
  const real = realpathSync(root);
  const written =
    path === real || path.startsWith(`${real}${sep}`) ? resolve(root, relative(real, path)) : path;
  return written.startsWith(`${recordsFolder(root)}${sep}`) ? [] : [written];
}
