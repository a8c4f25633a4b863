/**
 * Which bytes of the services' logs were written during a test. Sizes are read when a test begins and when it ends, so
 * a line that a service writes late belongs to the next window. Whose the lines in a window are, `by` says: within a file
 * its tests are told apart by time alone.
 */
import { statSync } from 'node:fs';
import type { LogWindow } from '../events/index.ts';
import type { LeaseLog } from '../services/index.ts';

export class LogWindows {
  readonly #logs: readonly LeaseLog[];
  readonly #beginning: readonly number[];

  constructor(logs: readonly LeaseLog[]) {
    this.#logs = logs;
    this.#beginning = logs.map(({ path }) => size(path));
  }

  /** @returns how to close the window that opens now */
  open(): () => readonly LogWindow[] {
    const from = this.#logs.map(({ path }) => size(path));
    return () => this.#since(from);
  }

  sinceBeginning(): readonly LogWindow[] {
    return this.#since(this.#beginning);
  }

  #since(from: readonly number[]): readonly LogWindow[] {
    return this.#logs
      .map((log, at) => ({ ...log, from: from[at] ?? 0, to: size(log.path) }))
      .filter((window) => window.to > window.from);
  }
}

function size(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
