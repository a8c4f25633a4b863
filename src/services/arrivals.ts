/**
 * Writes down when the logs of programs grow, while the run lives: see `events/arrivals.ts`. It only looks at the files. Where
 * the system can't tell of changes, there is no index, and lines bear no time.
 */
import { appendFileSync, type FSWatcher, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { arrival, timesPath } from '../events/index.ts';

/** ms between two looks: a chatty program must not keep the runner busy */
const PAUSE = 5;

export class ArrivalWatch {
  /** by name; the size that was last written down */
  readonly #logs = new Map<string, { readonly path: string; size: number }>();
  readonly #changed = new Set<string>();
  /** by name: whoever wants to know that it grows */
  readonly #listeners = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | null = null;
  #pausing: NodeJS.Timeout | null = null;

  /** @param folder absolute; of the logs, and there already */
  constructor(folder: string) {
    try {
      this.#watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || !this.#logs.has(name)) return;
        this.#changed.add(name);
        for (const heard of this.#listeners.get(name) ?? []) heard();
        if (this.#pausing === null) this.#look();
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = null;
      });
    } catch {
      // no more watches to be had here
    }
  }

  /** @param log absolute, in the folder; there or not yet */
  add(log: string): void {
    if (!this.#logs.has(basename(log))) this.#logs.set(basename(log), { path: log, size: 0 });
  }

  /** Calls `heard` when something happens to the log, until what this returns is called. */
  onGrowth(log: string, heard: () => void): () => void {
    const name = basename(log);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(heard));
    return () => {
      listeners.delete(heard);
      if (listeners.size === 0) this.#listeners.delete(name);
    };
  }

  /** Nobody writes to it any more. */
  done(log: string): void {
    this.#grown(basename(log));
    this.#logs.delete(basename(log));
  }

  close(): void {
    if (this.#pausing !== null) clearTimeout(this.#pausing);
    for (const name of this.#logs.keys()) this.#grown(name);
    this.#watcher?.close();
    this.#logs.clear();
  }

  #look(): void {
    for (const name of this.#changed) this.#grown(name);
    this.#changed.clear();
    this.#pausing = setTimeout(() => {
      this.#pausing = null;
      if (this.#changed.size > 0) this.#look();
    }, PAUSE);
    this.#pausing.unref();
  }

  #grown(name: string): void {
    const log = this.#logs.get(name);
    const size = log === undefined ? 0 : (statSync(log.path, { throwIfNoEntry: false })?.size ?? 0);
    // Looked at only now and then, times would be wrong: none is better.
    if (log === undefined || size <= log.size || this.#watcher === null) return;
    log.size = size;
    // Of the monotonic clock: a clock that is set meanwhile does not reorder lines.
    const now = performance.timeOrigin + performance.now();
    try {
      appendFileSync(timesPath(log.path), arrival(now, size));
    } catch {
      // a full disk: the log itself tells it
    }
  }
}
