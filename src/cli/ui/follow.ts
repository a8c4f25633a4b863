/**
 * Watches the log of a run by its size: whatever writes it needs no part in this, and no file watcher is trusted. What
 * is in it is read only when somebody asks.
 */
import { statSync } from 'node:fs';
import { type RecordedRun, type ReportData, readRun, reportData } from '../../reporters/index.ts';

const EVERY = 150;

export interface LogSource {
  /** what the page is given, as of now */
  data(): ReportData;
  /** @returns how to stop listening */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** @param choose the log to follow, asked again and again: the newest may become another; null keeps the one before */
export function followLog(choose: () => string | null): LogSource {
  const listeners = new Set<() => void>();
  let log = choose();
  let seen = stateOf(log);
  let known: { readonly state: string; readonly data: ReportData } | null = null;
  /** the process that writes the log, as long as its end has not been written */
  let writer: number | null = null;

  function look(): void {
    log = choose() ?? log;
    const state = stateOf(log);
    const lost = writer !== null && !alive(writer);
    if (state === seen && !lost) return;
    seen = state;
    if (lost) {
      writer = null;
      known = null;
    }
    for (const listener of [...listeners]) listener();
  }

  function data(): ReportData {
    const state = stateOf(log);
    if (known?.state === state) return known.data;
    const run = readRun(log ?? '');
    const pid = writerOf(run);
    writer = pid !== null && alive(pid) ? pid : null;
    const fresh = reportData(run, writer === null ? 'over' : 'running');
    known = { state, data: fresh };
    return fresh;
  }

  const timer = setInterval(look, EVERY);
  return {
    data,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

/** Two states are the same text where nothing was written in between. */
function stateOf(log: string | null): string {
  if (log === null) return '';
  try {
    return `${log} ${statSync(log).size}`;
  } catch {
    return `${log} gone`;
  }
}

function writerOf({ events }: RecordedRun): number | null {
  if (events.some(({ kind }) => kind === 'run.finished')) return null;
  const started = events.find((event) => event.kind === 'run.started');
  return started?.pid ?? null;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
