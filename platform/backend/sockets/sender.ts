/**
 * Writes the events of one socket, in order, as fast as its reader takes them. While the socket is full they wait in an
 * outbox; an attempt that finds it as full as the one before has failed, and after the last the reader is disconnected.
 * It waits for its own reader only. What the reader never took can be had back for its return.
 *
 *   free ──socket full──▶ behind ──reader takes some──▶ free
 *                           └──last attempt failed──▶ disconnected
 */
import type { WebSocket } from 'ws';
import type { AgentEvent } from '../../shared/events.ts';
import { mutated } from '../../shared/mutations.ts';
import type { Count } from './delivery.ts';
import { delayAfter, type SocketLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

export class EventSender {
  readonly #socket: WebSocket;
  readonly #limits: SocketLimits;
  readonly #count: Count;
  readonly #waiting: Outbox;
  /** given to the socket, not yet to the network */
  readonly #written: AgentEvent[] = [];
  #failed = 0;
  #next: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, limits: SocketLimits, count: Count) {
    this.#socket = socket;
    this.#limits = limits;
    this.#count = count;
    this.#waiting = new Outbox(limits.outboundEvents);
  }

  /** False where the socket is closed or closing. */
  send(event: AgentEvent): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#waiting.add(event) !== undefined) this.#count('evicted');
    if (this.#failed === 0) this.#write();
    return true;
  }

  /** To be called when the socket has closed. @returns what its reader never took, in order */
  close(): readonly AgentEvent[] {
    clearTimeout(this.#next);
    return mutated('lose-unsent-events') ? [] : [...this.#written, ...this.#waiting.events];
  }

  #write(): void {
    while (this.#socket.bufferedAmount <= this.#limits.socketBytes) {
      const event = this.#waiting.take();
      if (event === undefined) return;
      this.#written.push(event);
      this.#socket.send(JSON.stringify(event), (error) => {
        if (error === undefined || error === null) this.#taken();
      });
    }
    if (this.#waiting.events.length > 0) this.#fail();
  }

  #taken(): void {
    this.#written.shift();
    this.#failed = 0;
    clearTimeout(this.#next);
    this.#write();
  }

  #fail(): void {
    this.#failed += 1;
    if (this.#failed >= this.#limits.deliveryAttempts || mutated('no-delivery-retry')) {
      this.#count('slow');
      if (!mutated('keep-slow-consumers')) this.#socket.terminate();
      return;
    }
    this.#next = setTimeout(
      () => {
        this.#count('retried');
        this.#write();
      },
      delayAfter(this.#failed, this.#limits),
    );
  }
}
