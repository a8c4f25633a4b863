/**
 * One direction of one connection: what comes in goes out in the same order, late, sliced or not at all, as the toxics on
 * it say. One piece is dealt with at a time, but each remembers when it came: a latency delays a stream, it does not add
 * up over its pieces, and jitter never lets one overtake another.
 *
 *   arrived ──► each toxic in turn ──► written        end ──► slow_close ──► ended
 *                 └──timeout, limit_data, reset_peer──► the whole connection is closed or reset
 */
import type { Socket } from 'node:net';
import { unreachable } from '../../events/index.ts';
import type { Toxic } from './toxics.ts';

/** What a lane may do to the whole connection. */
export interface Ending {
  close(): void;
  reset(): void;
}

interface Piece {
  readonly bytes: Buffer;
  /** from when on its delays count; each that it went through moves it on */
  since: number;
}

interface Applied {
  readonly toxic: Toxic;
  /** drawn once for each connection, by its toxicity */
  readonly active: boolean;
  timer: NodeJS.Timeout | null;
  /** bytes that went through it */
  passed: number;
}

/** More than this is not taken from the sender before something has gone out, bytes. */
const MOST_WAITING = 4 * 1024 * 1024;
/** A slow line hands on what it has at least this often, ms (Toxiproxy's own value). */
const SLICE_OF_TIME = 100;

export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #ending: Ending;
  readonly #queue: Piece[] = [];
  #waiting = 0;
  #ended = false;
  #applied: Applied[] = [];
  #wake: () => void = () => {};
  #interrupt = new AbortController();

  constructor(from: Socket, to: Socket, ending: Ending) {
    this.#from = from;
    this.#to = to;
    this.#ending = ending;
    from.on('data', (bytes: Buffer) => {
      this.#queue.push({ bytes, since: performance.now() });
      this.#waiting += bytes.length;
      if (this.#waiting > MOST_WAITING) from.pause();
      this.#wake();
    });
    from.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    to.on('close', () => {
      for (const { timer } of this.#applied) clearTimeout(timer ?? undefined);
      this.#interrupt.abort();
      this.#wake();
    });
    void this.#run();
  }

  /** Whatever waits because of a toxic that is gone or changed goes on at once. */
  apply(toxics: readonly Toxic[]): void {
    const before = this.#applied;
    this.#applied = toxics.map((toxic) => before.find((one) => one.toxic === toxic) ?? applied(toxic));
    for (const old of before.filter((one) => !this.#applied.includes(one))) {
      clearTimeout(old.timer ?? undefined);
      // What was swallowed is missing from the stream: it can't go on as if nothing had been.
      const gone = !toxics.some(({ name }) => name === old.toxic.name);
      if (old.active && gone && old.toxic.type === 'timeout') this.#ending.close();
    }
    for (const one of this.#applied) {
      const after = one.toxic.attributes.timeout ?? 0;
      if (one.active && one.timer === null && one.toxic.type === 'timeout' && after > 0)
        one.timer = setTimeout(() => this.#ending.close(), after);
    }
    this.#interrupt.abort();
    this.#interrupt = new AbortController();
  }

  async #run(): Promise<void> {
    while (!this.#to.destroyed) {
      const piece = this.#queue.shift();
      if (piece !== undefined) {
        await this.#pass(piece, this.#applied);
        this.#waiting -= piece.bytes.length;
        if (this.#waiting <= MOST_WAITING) this.#from.resume();
        continue;
      }
      if (this.#ended) {
        await this.#sleep(this.#attribute('slow_close', 'delay'));
        this.#to.end();
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Through the toxics that are left on its way, then out; one that was taken away meanwhile is passed over. */
  async #pass(piece: Piece, [one, ...rest]: readonly Applied[]): Promise<void> {
    if (one === undefined) return this.#write(piece.bytes);
    const next = (later: Piece): Promise<void> => this.#pass(later, rest);
    if (!one.active || !this.#applied.includes(one)) return next(piece);
    const { type, attributes } = one.toxic;
    const value = (name: string): number => attributes[name] ?? 0;
    switch (type) {
      case 'latency': {
        const delay = Math.max(0, value('latency') + (Math.random() * 2 - 1) * value('jitter'));
        await this.#sleep(piece.since + delay - performance.now());
        return next({ ...piece, since: piece.since + delay });
      }
      case 'bandwidth':
        return this.#slowly(piece, value('rate'), next);
      case 'slicer':
        return this.#sliced(piece, one.toxic, next);
      case 'limit_data': {
        const allowed = Math.max(0, value('bytes') - one.passed);
        one.passed += piece.bytes.length;
        if (allowed > 0) await next({ ...piece, bytes: piece.bytes.subarray(0, allowed) });
        if (one.passed >= value('bytes')) this.#ending.close();
        return;
      }
      case 'timeout':
        return;
      case 'reset_peer':
        await this.#sleep(value('timeout'));
        return this.#ending.reset();
      case 'slow_close':
        return next(piece);
      default:
        return unreachable(type);
    }
  }

  async #slowly(piece: Piece, rate: number, next: (piece: Piece) => Promise<void>): Promise<void> {
    if (rate <= 0) return next(piece);
    const most = Math.max(1, Math.floor(rate * SLICE_OF_TIME));
    let due = Math.max(piece.since, performance.now());
    for (let from = 0; from < piece.bytes.length; from += most) {
      const bytes = piece.bytes.subarray(from, from + most);
      due += bytes.length / rate;
      await this.#sleep(due - performance.now());
      await next({ bytes, since: due });
    }
  }

  async #sliced(piece: Piece, { attributes }: Toxic, next: (piece: Piece) => Promise<void>): Promise<void> {
    const { average_size: average = 0, size_variation: variation = 0, delay = 0 } = attributes;
    if (average < 1) return next(piece);
    for (let from = 0; from < piece.bytes.length; ) {
      const size = Math.max(1, Math.round(average + (Math.random() * 2 - 1) * variation));
      if (from > 0) await this.#sleep(delay / 1000);
      await next({ bytes: piece.bytes.subarray(from, from + size), since: performance.now() });
      from += size;
    }
  }

  #attribute(type: Toxic['type'], name: string): number {
    const values = this.#applied
      .filter(({ active, toxic }) => active && toxic.type === type)
      .map(({ toxic }) => toxic.attributes[name] ?? 0);
    return values.reduce((sum, value) => sum + value, 0);
  }

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.#to.destroyed || this.#to.writableEnded) return;
    if (this.#to.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#to.off('drain', go);
        this.#to.off('close', go);
        resolve();
      };
      this.#to.on('drain', go);
      this.#to.on('close', go);
    });
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.#to.destroyed) return;
    const { signal } = this.#interrupt;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

const applied = (toxic: Toxic): Applied => ({
  toxic,
  active: Math.random() < toxic.toxicity,
  timer: null,
  passed: 0,
});
