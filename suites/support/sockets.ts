/**
 * A person at a WebSocket. Frames are kept as they came; every wait is for a frame or the end of the connection, with a
 * deadline that fails the test and says what came instead. An event without its envelope fails the wait at once.
 */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import type { AgentEvent } from '../../platform/shared/events.ts';
import { endpoint } from './endpoints.ts';

export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

const DEADLINE_MS = 8_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the envelope of an event lacks; `undefined` where it is whole, or where the frame is no event. */
function missingIn(frame: Frame): string | undefined {
  if (!('payload' in frame)) return undefined;
  const { seq } = frame;
  if (typeof seq !== 'number' || !Number.isInteger(seq) || seq < 1) return 'seq';
  return ['event_id', 'run_id', 'thread_id', 'user_id'].find((id) => !UUID.test(String(frame[id])));
}

export interface ClientOptions {
  readonly headers?: Record<string, string>;
  /** whether pings of the server are answered */
  readonly autoPong?: boolean;
}

export class Client {
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #raw: string[] = [];
  #next = 0;
  #fault: string | undefined;
  readonly #latencies: number[] = [];
  #ended: { readonly code: number; readonly reason: string } | undefined;
  #wake: () => void = () => {};

  constructor(protocols: readonly string[], url: string, options: ClientOptions) {
    this.#socket = new WebSocket(url, [...protocols], options);
    this.#socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.#raw.push(text);
      const frame: Frame = JSON.parse(text);
      this.#frames.push(frame);
      if (typeof frame.seq === 'number')
        this.#latencies.push(Date.now() - Date.parse(String(frame.timestamp)));
      const missing = missingIn(frame);
      if (missing !== undefined) this.#fault ??= `${frame.type} came with a bad ${missing}: ${text}`;
      this.#wake();
    });
    this.#socket.on('error', (error) => this.#end(0, error.message));
    this.#socket.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  /** All text received so far, for searching what must not be there. */
  get raw(): string {
    return this.#raw.join('\n');
  }

  /** ms from the server's stamp on each event to its arrival here */
  get latencies(): readonly number[] {
    return this.#latencies;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Stops reading from the network until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next frame, in the order received. */
  async frame(): Promise<Frame> {
    const next = await this.#waitFor('a frame', () => this.#frames[this.#next]);
    this.#next += 1;
    return next;
  }

  /** The frames up to and with the first of one of these types. */
  async framesUntil(...types: readonly string[]): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#here() ?? (await this.frame());
      frames.push(frame);
      if (types.includes(frame.type)) return frames;
    }
  }

  /** The next so many frames. */
  async frames(count: number): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(this.#here() ?? (await this.frame()));
    return frames;
  }

  /** The code of the error that comes next; fails where something else does. */
  async errorCode(): Promise<unknown> {
    const { type, code } = await this.frame();
    assert.equal(type, 'error');
    return code;
  }

  /** The events of the next run, to its end. */
  async run(): Promise<readonly AgentEvent[]> {
    const frames = await this.framesUntil('agent_completed', 'agent_error', 'error');
    // The suites assert the fields that they read.
    return frames as readonly Frame[] as readonly unknown[] as readonly AgentEvent[];
  }

  ended(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#waitFor('the end of the connection', () => this.#ended);
  }

  send(frame: string | Buffer | object): void {
    this.#socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  ask(content: string, thread_id?: string): void {
    this.send({ type: 'user_message', content, ...(thread_id === undefined ? {} : { thread_id }) });
  }

  /** Proves that the connection lives and has handled all that was sent before. */
  async ping(): Promise<void> {
    this.send({ type: 'ping' });
    assert.equal((await this.frame()).type, 'pong');
  }

  /** Leaves, and returns when the server has let go. */
  async close(): Promise<void> {
    this.#socket.resume(); // who does not read does not hear the server let go
    this.#socket.close();
    await this.ended();
  }

  /** Is gone, without a word to the server. */
  vanish(): void {
    this.#socket.terminate();
  }

  /** The next frame where it has come already, and nothing was wrong with any: thousands are read without a wait each. */
  #here(): Frame | undefined {
    const next = this.#fault === undefined ? this.#frames[this.#next] : undefined;
    if (next !== undefined) this.#next += 1;
    return next;
  }

  /** The kinds of the last frames. */
  #seen(): string {
    return this.#frames
      .slice(-20)
      .map(({ type }) => type)
      .join(', ');
  }

  #end(code: number, reason: string): void {
    this.#ended ??= { code, reason };
    this.#wake();
  }

  async #waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, DEADLINE_MS);
    try {
      for (;;) {
        if (this.#fault !== undefined) assert.fail(this.#fault);
        const found = look();
        if (found !== undefined) return found;
        if (this.#ended !== undefined)
          assert.fail(`waited for ${what}, but it closed with ${this.#ended.code}; got: ${this.#seen()}`);
        if (late) assert.fail(`waited ${DEADLINE_MS} ms for ${what}; got: ${this.#seen()}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

const opened = new Set<Client>();

/** Connects with a bearer token and takes the welcome. Closed by `closeClients`. */
export async function connect(
  user: { readonly access: string },
  url: string = endpoint('WS_URL'),
  options: Omit<ClientOptions, 'headers'> = {},
): Promise<Client> {
  const client = new Client([], url, { ...options, headers: { authorization: `Bearer ${user.access}` } });
  opened.add(client);
  assert.equal((await client.frame()).type, 'connection_established');
  return client;
}

/** Connects as told, without expecting anything. */
export function open(
  protocols: readonly string[],
  headers: Record<string, string> = {},
  url: string = endpoint('WS_URL'),
): Client {
  const client = new Client(protocols, url, { headers });
  opened.add(client);
  return client;
}

/** For `after`: no socket outlives its file. */
export function closeClients(): void {
  for (const client of opened) client.vanish();
  opened.clear();
}
