/** A run as it is read back from its log, whole or cut off, and several runs read as one. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type EventOf, type LogWindow, type RunId, type RunnerEvent, readEventLog } from '../events/index.ts';

/** What every report is made from. */
export interface RecordedRun {
  /** of one run, or of several, one run after another; each event names its run */
  readonly events: readonly RunnerEvent[];
  /** absolute; the folder of the run, of the first where there are several */
  readonly dir: string;
  /** a run was killed before its last event was written, or lines of its log can't be read */
  readonly cut: boolean;
  readonly runs: readonly RunPart[];
}

export interface RunPart {
  readonly id: RunId;
  /** absolute; test output and service logs lie in it */
  readonly dir: string;
  readonly log: string;
  readonly cut: boolean;
}

/** @param log absolute path of an `events.ndjson` @throws where the file can't be read */
export function readRun(log: string): RecordedRun {
  const dir = dirname(log);
  const { events: read, unreadable } = readEventLog(log);
  const events = relocated(read, dir);
  const ids = [...new Set(events.map(({ runId }) => runId))];
  const ended = new Set(events.flatMap((event) => (event.kind === 'run.finished' ? [event.runId] : [])));
  const runs = ids.map((id): RunPart => ({ id, dir, log, cut: !ended.has(id) || unreadable > 0 }));
  return { events, dir, cut: runs.length === 0 || runs.some(({ cut }) => cut), runs };
}

/**
 * Several runs, e.g. the shards of one, as one: their events one run after another, each under its own id, so that
 * nothing is counted twice or lost. A run that is named twice is taken once. @param runs at least one
 */
export function mergeRuns(runs: readonly [RecordedRun, ...RecordedRun[]]): RecordedRun {
  const [first] = runs;
  const seen = new Set<RunId>();
  const parts: RunPart[] = [];
  const events: RunnerEvent[] = [];
  for (const run of runs) {
    const fresh = new Set(run.runs.map(({ id }) => id).filter((id) => !seen.has(id)));
    for (const id of fresh) seen.add(id);
    parts.push(...run.runs.filter(({ id }) => fresh.has(id)));
    for (const event of run.events) if (fresh.has(event.runId)) events.push(event);
  }
  return { events, dir: first.dir, cut: runs.some(({ cut }) => cut), runs: parts };
}

/** A run's folder may have been moved, e.g. down from the machine that ran a shard: its files are looked for in it. */
function relocated(events: readonly RunnerEvent[], dir: string): readonly RunnerEvent[] {
  const moved = (path: string, folder: string): string => {
    const here = join(dir, folder, basename(path));
    return !existsSync(path) && existsSync(here) ? here : path;
  };
  const windows = (logs: readonly LogWindow[]): readonly LogWindow[] =>
    logs.map((window) => ({ ...window, path: moved(window.path, 'services') }));
  return events.map((event) => {
    switch (event.kind) {
      case 'attempt.finished':
        return {
          ...event,
          output: event.output === null ? null : moved(event.output, 'output'),
          logs: windows(event.logs),
        } satisfies EventOf<'attempt.finished'> as RunnerEvent;
      case 'test.finished':
        return event.logs.length === 0 ? event : { ...event, logs: windows(event.logs) };
      default:
        return event;
    }
  });
}
