/**
 * One authenticated socket. Reads frames within their limits, passes messages on, sends events, watches that the other
 * side is alive. A wrong frame gets one error and the connection lives; a consumer that cannot keep up is disconnected,
 * and what it misses waits for its return.
 */
import { randomUUID } from 'node:crypto';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RawData, WebSocket } from 'ws';
import type { AgentEvent } from '../../shared/events.ts';
import { log, reasonOf } from '../../shared/log.ts';
import { mutated } from '../../shared/mutations.ts';
import type { Principal } from '../auth-client.ts';
import type { Count } from './delivery.ts';
import { FRAME_REFUSALS, type Inbound, readFrame } from './frames.ts';
import type { SocketLimits } from './limits.ts';
import { EventSender } from './sender.ts';

export type UserMessage = Extract<Inbound, { kind: 'user_message' }>;

export class Connection {
  readonly id = randomUUID();
  readonly #socket: WebSocket;
  readonly #limits: SocketLimits;
  readonly #rate: RateLimiterMemory;
  readonly #events: EventSender;
  #answered = true;
  #lastMessage = Date.now();

  constructor(
    socket: WebSocket,
    readonly principal: Principal,
    limits: SocketLimits,
    rate: RateLimiterMemory,
    count: Count,
    onMessage: (message: UserMessage, connection: Connection) => void,
  ) {
    this.#socket = socket;
    this.#limits = limits;
    this.#rate = rate;
    this.#events = new EventSender(socket, limits, count);
    socket.on('message', (data, isBinary) => {
      this.#receive(data, isBinary, onMessage).catch((fault: unknown) => {
        log('error', 'frame not handled', { connection: this.id, reason: reasonOf(fault) });
        this.close(1011, 'internal_error');
      });
    });
    socket.on('pong', () => {
      this.#answered = true;
    });
    // ws itself says goodbye with the fitting code (1009 for a frame too large) and closes; it only must be heard.
    socket.on('error', (error) =>
      log('warn', 'socket failed', { connection: this.id, reason: reasonOf(error) }),
    );
  }

  welcome(): void {
    this.#write({
      type: 'connection_established',
      connection_id: this.id,
      user_id: this.principal.user_id,
      server_time: new Date().toISOString(),
      heartbeat_interval_ms: this.#limits.heartbeat,
      max_message_bytes: this.#limits.messageBytes,
    });
  }

  send(event: AgentEvent): boolean {
    return this.#events.send(event);
  }

  /** To be called when the socket has closed. @returns the events that the other side never took */
  closed(): readonly AgentEvent[] {
    return this.#events.close();
  }

  sendError(code: string, message: string): void {
    this.#write({ type: 'error', code, message, timestamp: new Date().toISOString() });
  }

  /** To be called once a heartbeat: ends a connection that is dead or idle, asks the others whether they live. */
  beat(now = Date.now()): void {
    if (!this.#answered && !mutated('no-heartbeat')) this.#socket.terminate();
    else if (now - this.#lastMessage >= this.#limits.idle && !mutated('ignore-idle'))
      this.close(1000, 'idle');
    else {
      this.#answered = false;
      this.#socket.ping();
    }
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  async #receive(
    data: RawData,
    isBinary: boolean,
    onMessage: (message: UserMessage, connection: Connection) => void,
  ): Promise<void> {
    this.#lastMessage = Date.now();
    if (!(await this.#withinRate()))
      return this.sendError('rate_limited', 'too many messages; wait a little');
    const inbound = readFrame(bytesOf(data), isBinary, this.#limits.messageBytes);
    switch (inbound.kind) {
      case 'refused':
        return this.sendError(inbound.code, FRAME_REFUSALS[inbound.code]);
      case 'ping':
        this.#write({ type: 'pong', server_time: new Date().toISOString() });
        return;
      case 'user_message':
        return onMessage(inbound, this);
      default:
        return inbound satisfies never;
    }
  }

  async #withinRate(): Promise<boolean> {
    if (mutated('no-message-limit')) return true;
    try {
      await this.#rate.consume(this.principal.user_id);
      return true;
    } catch {
      return false; // this limiter keeps its counts in memory and rejects for one reason
    }
  }

  #write(message: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
