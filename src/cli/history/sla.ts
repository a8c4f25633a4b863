/** What a run promised of times, judged when everything has ended; the judgements go into its log. */

import { join } from 'node:path';
import { recordsFolder } from '../../config/index.ts';
import type { RunnerEvent, SlaJudgement } from '../../events/index.ts';
import { HISTORY_FOLDER, judgeSla, type Past, readHistory, readTests, SlaFold } from '../../history/index.ts';

export interface SlaKeeper {
  take(event: RunnerEvent): void;
  judge(): readonly SlaJudgement[];
}

/** @param root the registry's folder */
export const slaKeeper = (root: string): SlaKeeper => slaKeeperOf(join(recordsFolder(root), HISTORY_FOLDER));

/** @param folder of the history; one that does not exist is an empty one */
export function slaKeeperOf(folder: string): SlaKeeper {
  const fold = new SlaFold();
  let read: Past | null | undefined;
  const past = (): Past | null => {
    if (read === undefined) read = pastOf(folder);
    return read;
  };
  return {
    take: (event) => fold.take(event),
    judge: () => (fold.promises.length === 0 ? [] : judgeSla(fold, past)),
  };
}

function pastOf(folder: string): Past | null {
  try {
    const history = readHistory(folder);
    let tests: ReturnType<Past['tests']> | undefined;
    return { history, tests: () => (tests ??= readTests(folder)) };
  } catch {
    return null; // a history that can't be read costs a judgement, never a verdict
  }
}
