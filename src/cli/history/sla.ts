/** What a run promised of times, judged when everything has ended; the judgements go into its log. */

import { join } from 'node:path';
import { recordsFolder } from '../../config/index.ts';
import type { RunnerEvent, SlaJudgement } from '../../events/index.ts';
import {
  HISTORY_FOLDER,
  judgeSla,
  type Past,
  readHistory,
  readTests,
  SlaFold,
  thisMachine,
} from '../../history/index.ts';
import type { Terminal } from '../terminal.ts';

export interface SlaKeeper {
  take(event: RunnerEvent): void;
  judge(): readonly SlaJudgement[];
}

/** @param root the registry's folder */
export function slaKeeper(root: string, { env }: Terminal): SlaKeeper {
  const fold = new SlaFold();
  const folder = join(recordsFolder(root), HISTORY_FOLDER);
  let read: Past | null | undefined;
  const past = (): Past | null => {
    if (read === undefined) read = pastOf(folder);
    return read;
  };
  return {
    take: (event) => fold.take(event),
    judge: () => (fold.promises.length === 0 ? [] : judgeSla(fold, thisMachine(env), past)),
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
