/** What is chosen by more than the registry: flags → sets of files, each with the reason why a file is in it. */
import { join } from 'node:path';
import type { Chosen } from '../categories/index.ts';
import type { ClaimedFile, Config } from '../config/index.ts';
import type { FileId } from '../events/index.ts';
import { HISTORY_FOLDER, type History, outstanding, readTests, type TestsOfFile } from '../history/index.ts';
import type { SelectionFlags } from './flags.ts';

export interface Ground {
  readonly config: Config;
  readonly claimed: readonly ClaimedFile[];
  readonly history: History;
}

export function chosenFiles({ lastFailed }: SelectionFlags, ground: Ground): readonly Chosen[] {
  return lastFailed === true ? [failedLast(ground)] : [];
}

/** They were run with what they need before, so they are again. */
function failedLast({ config, claimed, history }: Ground): Chosen {
  let tests: ReturnType<typeof readTests> | null = null;
  const testsOf = (file: string): TestsOfFile => {
    tests ??= readTests(join(config.root, '.runner', HISTORY_FOLDER));
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
  return { option: '--last-failed', files, services: 'implied', none };
}
