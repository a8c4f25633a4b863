/** A run's own record, written when it has ended; and that of a run before it that was killed. Never changes a verdict. */

import { join } from 'node:path';
import { recordsFolder } from '../../config/index.ts';
import type { RunId, RunnerEvent } from '../../events/index.ts';
import {
  HISTORY_FOLDER,
  headCommit,
  prune,
  RunFold,
  readHistory,
  recoverRuns,
  thisMachine,
  writeRecord,
} from '../../history/index.ts';
import type { Terminal } from '../terminal.ts';

export interface HistoryKeeper {
  take(event: RunnerEvent): void;
  /** Once the last event has been written. */
  keep(): void;
}

/** @param root the registry's folder */
export function historyKeeper(root: string, run: RunId, { env, err }: Terminal): HistoryKeeper {
  const fold = new RunFold();
  const folder = join(recordsFolder(root), HISTORY_FOLDER);
  return {
    take: (event) => fold.take(event),
    keep() {
      try {
        const surroundings = { commit: headCommit(root), machine: thisMachine(env) };
        recoverRuns(join(recordsFolder(root), 'runs'), folder, run, surroundings);
        writeRecord(folder, fold.records(surroundings));
        prune(folder, () => readHistory(folder).runs);
      } catch (error) {
        const { message } = error as Error;
        err.write(` warning  the history of this run could not be kept: ${message}\n`);
      }
    },
  };
}
