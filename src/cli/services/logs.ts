/**
 * The services' logs, each line behind its service's name and, where it says none itself, the time at which it arrived. Of a
 * run, what lines belong to stands above them: the file by whose instance it is, its tests by time alone.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Arrivals, arrivalsOf, readEventLog } from '../../events/index.ts';
import { type RunningTests, runningTests, withTime } from '../../reporters/index.ts';
import type { Terminal } from '../terminal.ts';

const PAUSE = 100;
/** bytes at a time: a log may be larger than memory */
const CHUNK = 64 * 1024;

export function printLogs(runDir: string, service: string | null, terminal: Terminal): void {
  new LogReader({ runDir, service, tests: null, unseen: 'unknown' }, terminal).more();
}

/** As `printLogs`, each line behind `<service>.<file number>.<attempt>` where it is of one attempt's own instance. */
export function printRunLogs(runDir: string, service: string | null, terminal: Terminal): void {
  const tests = runningTests(readEventLog(join(runDir, 'events.ndjson')).events);
  new LogReader({ runDir, service, tests, unseen: 'unknown' }, terminal).more();
}

/** Until the signal comes or the set is down. */
export async function followLogs(
  runDir: string,
  service: string | null,
  terminal: Terminal,
  { signal, isUp }: { readonly signal: AbortSignal; readonly isUp: () => boolean },
): Promise<void> {
  const reader = new LogReader({ runDir, service, tests: null, unseen: 'now' }, terminal);
  while (!signal.aborted) {
    const last = !isUp();
    reader.more();
    if (last) return;
    await sleep(PAUSE, undefined, { signal }).catch(() => {});
  }
}

interface Place {
  offset: number;
  /** of a line that has no end yet */
  rest: Buffer;
  /** what the last line was attributed to */
  whose: string;
}

interface Reading {
  readonly runDir: string;
  /** null: all of them */
  readonly service: string | null;
  /** of the run; null: of no run, nothing is attributed */
  readonly tests: RunningTests | null;
  /** when a line arrived that is read before its time is written down */
  readonly unseen: 'now' | 'unknown';
}

class LogReader {
  readonly #folder: string;
  readonly #reading: Reading;
  readonly #terminal: Terminal;
  readonly #read = new Map<string, Place>();

  constructor(reading: Reading, terminal: Terminal) {
    this.#folder = join(reading.runDir, 'services');
    this.#reading = reading;
    this.#terminal = terminal;
  }

  /** What has been written since the last time. */
  more(): void {
    for (const file of this.#files()) this.#print(file);
  }

  #files(): string[] {
    const { service } = this.#reading;
    try {
      const logs = readdirSync(this.#folder).filter((file) => file.endsWith('.log'));
      return logs.filter((file) => service === null || file.split('.')[0] === service).sort();
    } catch {
      return [];
    }
  }

  #print(file: string): void {
    const place = this.#read.get(file) ?? { offset: 0, rest: Buffer.alloc(0), whose: '' };
    this.#read.set(file, place);
    const path = join(this.#folder, file);
    const stem = file.slice(0, -'.log'.length);
    const times = arrivalsOf(path);
    const fd = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(CHUNK);
      const { size } = fstatSync(fd);
      while (place.offset < size) {
        const length = readSync(fd, buffer, 0, CHUNK, place.offset);
        if (length === 0) break;
        const bytes = Buffer.concat([place.rest, buffer.subarray(0, length)]);
        const start = place.offset - place.rest.length;
        place.offset += length;
        place.rest = this.#lines(bytes, { stem, start, times, place });
      }
    } finally {
      closeSync(fd);
    }
  }

  /** @returns what is behind the last whole line */
  #lines(bytes: Buffer, { stem, start, times, place }: Lines): Buffer {
    const { out, theme } = this.#terminal;
    const { tests, unseen } = this.#reading;
    const name = theme.dim(`${tests === null ? stem.split('.')[0] : stem} |`);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      const line = bytes.toString('utf8', from, end);
      from = end + 1;
      const seen = times?.at(start + from) ?? null;
      const at = seen === null && times !== null && unseen === 'now' ? Date.now() : seen;
      const whose = at === null ? place.whose : this.#whose(stem, at);
      if (whose !== place.whose && whose !== '') out.write(`${name} ${theme.dim(`# ${whose}`)}\n`);
      place.whose = whose;
      out.write(`${name} ${withTime(line, at)}\n`);
    }
    return Buffer.from(bytes.subarray(from));
  }

  /** Empty where nothing tells. */
  #whose(stem: string, at: number): string {
    const { tests } = this.#reading;
    if (tests === null) return '';
    const [label] = /\d+\.\d+$/.exec(stem) ?? [null];
    const file = label === null ? null : tests.fileOf(label);
    const running = tests.at(at, file === null ? null : label);
    if (running.length === 0) return file ?? '';
    return `${running.join(', or ')} (by time)`;
  }
}

interface Lines {
  readonly stem: string;
  /** of the bytes in the log */
  readonly start: number;
  readonly times: Arrivals | null;
  readonly place: Place;
}
