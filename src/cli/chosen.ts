/** What is chosen by more than the registry: flags → sets of files, each with the reason why a file is in it. */
import { join } from 'node:path';
import type { Chosen } from '../categories/index.ts';
import { type ClaimedFile, type Config, type Diagnostic, recordsFolder, unplaced } from '../config/index.ts';
import { err, type FileId, ok, type Result } from '../events/index.ts';
import { HISTORY_FOLDER, type History, outstanding, readTests, type TestsOfFile } from '../history/index.ts';
import { count } from '../reporters/index.ts';
import { changedSince, type Reached } from '../runner/index.ts';
import type { SelectionFlags } from './flags.ts';
import { narrowedFiles } from './narrowing.ts';

export interface Ground {
  readonly config: Config;
  readonly claimed: readonly ClaimedFile[];
  readonly history: History;
}

export async function chosenFiles(
  { lastFailed, changed, narrowing }: SelectionFlags,
  ground: Ground,
): Promise<Result<readonly Chosen[], readonly Diagnostic[]>> {
  if (narrowing !== undefined && narrowing.to.kind !== 'selection') {
    const failed = narrowing.to.kind === 'failed' ? [failedLast(ground)] : [];
    return ok([...failed, ...(await narrowedFiles(narrowing, ground.config, ground.claimed))]);
  }
  const chosen = lastFailed === true ? [failedLast(ground)] : [];
  if (changed === undefined) return ok(chosen);
  const ref = changed === true ? 'HEAD' : changed;
  const reached = await changedSince(ref, ground.config, ground.claimed);
  if (!reached.ok) return err([unplaced(reached.error.message, { remedy: reached.error.remedy })]);
  return ok([...chosen, affectedSince(ref, reached.value, ground)]);
}

/** They were run with what they need before, so they are again. */
function failedLast({ config, claimed, history }: Ground): Chosen {
  let tests: ReturnType<typeof readTests> | null = null;
  const testsOf = (file: string): TestsOfFile => {
    tests ??= readTests(join(recordsFolder(config.root), HISTORY_FOLDER));
    return tests.get(file) ?? new Map();
  };
  const files = new Map<FileId, string>();
  for (const { id } of claimed) {
    const failed = outstanding(history, id, testsOf);
    if (failed !== null) files.set(id, `${failed.verdict} in ${failed.run}`);
  }
  const none =
    history.runs.length === 0
      ? 'no run is recorded yet; leave it out, and there is one'
      : 'no file failed when it was last run; leave it out to run all of them';
  return { option: '--last-failed', files, services: 'implied', none, notes: [] };
}

/** Names that a note lists. */
const LISTED = 5;

function affectedSince(ref: string, { base, changed, files, idle }: Reached, { claimed }: Ground): Chosen {
  const since = `${base.slice(0, 9)}${ref === base || base.startsWith(ref) ? '' : ` (${ref})`}`;
  const left = count(claimed.length - files.size, 'test file');
  const notes = [
    `${count(changed.length, 'file')} changed since ${since}${named(changed)}`,
    `${left} left out: nothing that changed reaches ${claimed.length - files.size === 1 ? 'it' : 'them'}`,
    ...(idle.length === 0 ? [] : [`reaches no test file${named(idle)}`]),
  ];
  const none =
    changed.length === 0
      ? `nothing has changed since ${since}; leave it out to run all files`
      : `no test file is affected by what has changed since ${since}${named(changed)}`;
  return { option: `--changed ${ref}`, files, services: 'not implied', none, notes };
}

function named(files: readonly string[]): string {
  if (files.length === 0) return '';
  const more = files.length - LISTED;
  return `: ${files.slice(0, LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
