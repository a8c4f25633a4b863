/**
 * The event log: each fact is written to disk before anyone sees it, one JSON object a line, one write call an event,
 * so that a run killed at any moment leaves a readable log (at worst its last line is cut).
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Emit, RunnerEvent } from './events.ts';
import type { RunId } from './ids.ts';
import type { Mask } from './mask.ts';

export interface EventLog {
  readonly path: string;
  readonly emit: Emit;
  /** Called for every event after it is on disk. A listener that throws is reported to `onListenerError` and dropped. */
  subscribe(listener: (event: RunnerEvent) => void): void;
  /** the file took no more: what came afterwards is not in it */
  broken(): boolean;
  close(): void;
}

export interface EventLogOptions {
  readonly path: string;
  readonly runId: RunId;
  /** monotonic clock, ms; the log takes its first reading as zero */
  readonly clock?: () => number;
  readonly onListenerError?: (error: unknown) => void;
  /** told once when the file takes no more (disk full); listeners go on to hear each event; absent: it is thrown */
  readonly onWriteError?: (error: Error) => void;
  /** takes secrets out of each fact before it is written */
  readonly mask?: Mask;
}

/** @throws where the file can't be created (read-only folder, disk full) */
export function openEventLog(options: EventLogOptions): EventLog {
  mkdirSync(dirname(options.path), { recursive: true });
  const fd = openSync(options.path, 'a');
  const clock = options.clock ?? (() => performance.now());
  const zero = clock();
  const listeners = new Set<(event: RunnerEvent) => void>();
  let seq = 0;
  let open = true;
  let broken = false;

  const write = (line: string): void => {
    if (broken) return;
    try {
      // A full disk takes a part of the line first, and says so at the next write only.
      for (let rest = Buffer.from(line); rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (options.onWriteError === undefined) throw error;
      broken = true;
      options.onWriteError(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const emit: Emit = (fact) => {
    if (!open) return;
    seq += 1;
    const t = Math.round((clock() - zero) * 1000) / 1000;
    const event: RunnerEvent = { v: 1, seq, t, runId: options.runId, ...(options.mask?.fact(fact) ?? fact) };
    write(`${JSON.stringify(event)}\n`);
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        listeners.delete(listener);
        options.onListenerError?.(error);
      }
    }
  };

  return {
    path: options.path,
    emit,
    subscribe: (listener) => void listeners.add(listener),
    broken: () => broken,
    close: () => {
      if (!open) return;
      open = false;
      closeSync(fd);
    },
  };
}

/** Reads a log; a cut or foreign line ends up in `unreadable`, it never hides the lines around it. */
export function readEventLog(path: string): { events: RunnerEvent[]; unreadable: number } {
  const events: RunnerEvent[] = [];
  let unreadable = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      const value: unknown = JSON.parse(line);
      // The log is our own format: the version field is what tells a line of it from anything else.
      if (typeof value === 'object' && value !== null && (value as { v?: unknown }).v === 1) {
        events.push(value as RunnerEvent);
        continue;
      }
    } catch {
      // counted below
    }
    unreadable += 1;
  }
  return { events, unreadable };
}
