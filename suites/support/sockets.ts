/**
 * A person at a WebSocket. Frames are kept as they came; every wait is for a frame or the end of the connection, with a
 * deadline that fails the test and says what came instead.
 */
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import type { AgentEvent } from '../../platform/shared/events.ts';
import { endpoint } from './endpoints.ts';

export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

const DEADLINE_MS = 5_000;

export class Client {
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #raw: string[] = [];
  #next = 0;
  #ended: { readonly code: number; readonly reason: string } | undefined;
  #wake: () => void = () => {};

  constructor(protocols: readonly string[], headers: Record<string, string>, url: string) {
    this.#socket = new WebSocket(url, [...protocols], { headers });
    this.#socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.#raw.push(text);
      this.#frames.push(JSON.parse(text));
      this.#wake();
    });
    this.#socket.on('error', (error) => this.#end(0, error.message));
    this.#socket.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  /** All text received so far, for searching what must not be there. */
  get raw(): string {
    return this.#raw.join('\n');
  }

  get protocol(): string {
    return this.#socket.protocol;
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
      const frame = await this.frame();
      frames.push(frame);
      if (types.includes(frame.type)) return frames;
    }
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
    this.#socket.close();
    await this.ended();
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
        const found = look();
        if (found !== undefined) return found;
        const seen = this.#frames.map(({ type }) => type).join(', ');
        if (this.#ended !== undefined)
          assert.fail(`waited for ${what}, but it closed with ${this.#ended.code}; got: ${seen}`);
        if (late) assert.fail(`waited ${DEADLINE_MS} ms for ${what}; got: ${seen}`);
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
): Promise<Client> {
  const client = open([], { authorization: `Bearer ${user.access}` }, url);
  assert.equal((await client.frame()).type, 'connection_established');
  return client;
}

/** Connects as told, without expecting anything. */
export function open(
  protocols: readonly string[],
  headers: Record<string, string> = {},
  url: string = endpoint('WS_URL'),
): Client {
  const client = new Client(protocols, headers, url);
  opened.add(client);
  return client;
}

/** For `after`: no socket outlives its file. */
export async function closeClients(): Promise<void> {
  await Promise.all([...opened].map((client) => client.close()));
  opened.clear();
}
