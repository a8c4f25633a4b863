/** The services' logs, each line behind its service's name. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../terminal.ts';

const PAUSE = 100;
/** bytes at a time: a log may be larger than memory */
const CHUNK = 64 * 1024;

export function printLogs(runDir: string, service: string | null, terminal: Terminal): void {
  new LogReader(runDir, service, 'service', terminal).more();
}

/** As `printLogs`, each line behind `<service>.<file number>.<attempt>` where it is of one attempt's own instance. */
export function printRunLogs(runDir: string, service: string | null, terminal: Terminal): void {
  new LogReader(runDir, service, 'instance', terminal).more();
}

/** Until the signal comes or the set is down. */
export async function followLogs(
  runDir: string,
  service: string | null,
  terminal: Terminal,
  { signal, isUp }: { readonly signal: AbortSignal; readonly isUp: () => boolean },
): Promise<void> {
  const reader = new LogReader(runDir, service, 'service', terminal);
  while (!signal.aborted) {
    const last = !isUp();
    reader.more();
    if (last) return;
    await sleep(PAUSE, undefined, { signal }).catch(() => {});
  }
}

class LogReader {
  readonly #folder: string;
  readonly #service: string | null;
  readonly #named: 'service' | 'instance';
  readonly #terminal: Terminal;
  readonly #read = new Map<string, { offset: number; rest: string }>();

  constructor(runDir: string, service: string | null, named: 'service' | 'instance', terminal: Terminal) {
    this.#folder = join(runDir, 'services');
    this.#service = service;
    this.#named = named;
    this.#terminal = terminal;
  }

  /** What has been written since the last time. */
  more(): void {
    for (const file of this.#files()) this.#print(file);
  }

  #files(): string[] {
    try {
      const logs = readdirSync(this.#folder).filter((file) => file.endsWith('.log'));
      return logs.filter((file) => this.#service === null || file.split('.')[0] === this.#service).sort();
    } catch {
      return [];
    }
  }

  #print(file: string): void {
    const place = this.#read.get(file) ?? { offset: 0, rest: '' };
    this.#read.set(file, place);
    const { out, theme } = this.#terminal;
    const stem = file.slice(0, -'.log'.length);
    const name = theme.dim(`${this.#named === 'instance' ? stem : stem.split('.')[0]} |`);
    const fd = openSync(join(this.#folder, file), 'r');
    try {
      const buffer = Buffer.alloc(CHUNK);
      const { size } = fstatSync(fd);
      while (place.offset < size) {
        const length = readSync(fd, buffer, 0, CHUNK, place.offset);
        if (length === 0) break;
        place.offset += length;
        const lines = (place.rest + buffer.toString('utf8', 0, length)).split('\n');
        place.rest = lines.pop() ?? '';
        for (const line of lines) out.write(`${name} ${line}\n`);
      }
    } finally {
      closeSync(fd);
    }
  }
}
