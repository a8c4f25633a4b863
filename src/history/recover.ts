/** A run that was killed wrote no record: its event log tells what had ended, and the next run's end writes it down. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readEventLog } from '../events/index.ts';
import { RunFold, type Surroundings } from './fold.ts';
import { recordedRuns, writeRecord } from './store.ts';

/** Runs that are looked at: of those that were killed, the newest. */
const MOST = 3;
/** Recorded runs, the newest: what is older than all of them and has no record had one that was pruned. */
const RECENT = 10;

/** @param runs absolute folder of the runs @param folder absolute, of the history @param own the run that asks */
export function recoverRuns(runs: string, folder: string, own: string, surroundings: Surroundings): void {
  if (!existsSync(runs)) return;
  const recorded = recordedRuns(folder);
  const since = [...recorded].sort().at(-RECENT) ?? '';
  const missing = readdirSync(runs)
    .filter(
      (name) =>
        name > since && name < own && !recorded.has(name) && existsSync(join(runs, name, 'events.ndjson')),
    )
    .sort()
    .slice(-MOST);
  for (const name of missing) {
    const { events } = readEventLog(join(runs, name, 'events.ndjson'));
    const [first] = events;
    if (first?.kind !== 'run.started' || isAlive(first.pid)) continue;
    const fold = new RunFold();
    for (const event of events) fold.take(event);
    writeRecord(folder, fold.records(surroundings));
  }
}

/** It may still be running; one that took over the number of a killed one puts its record off. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
