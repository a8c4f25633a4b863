/**
 * The event bridge: brings each event to every socket of its own user, and keeps the newest for a user who is away. An
 * event whose run, or user, is not known is refused and counted; it is never sent to anyone.
 */
import { PLACEHOLDER_IDS, SOCKET_LIMITS } from '../../shared/critical-values.ts';
import { type AgentEvent, type EventBridge, fitted } from '../../shared/events.ts';
import { log } from '../../shared/log.ts';
import { mutated } from '../../shared/mutations.ts';
import type { SocketLimits } from './limits.ts';

/** A place where a user can be reached. False from `send` where it is closed. */
export interface Recipient {
  send(event: AgentEvent): boolean;
}

/** What happened to events since the start: refused for want of a run or user; kept for and replayed to a user who was
 * away; given up in a full queue; attempts that failed and were repeated; readers disconnected for being too slow. */
type Counted = 'refused' | 'kept' | 'replayed' | 'evicted' | 'retried' | 'slow';
export type Count = (what: Counted) => void;

export class EventDelivery implements EventBridge {
  readonly #limits: Pick<SocketLimits, 'eventBytes' | 'offlineEvents' | 'offlineLife'>;
  readonly #recipients = new Map<string, Set<Recipient>>();
  readonly #away = new Map<string, { events: AgentEvent[]; newest: number }>();
  readonly #counts: Record<Counted, number> = {
    refused: 0,
    kept: 0,
    replayed: 0,
    evicted: 0,
    retried: 0,
    slow: 0,
  };

  /** @param limits the contract's where they are not given */
  constructor({
    eventBytes = SOCKET_LIMITS.eventBytes.usual,
    offlineEvents = SOCKET_LIMITS.offlineEvents.usual,
    offlineLife = SOCKET_LIMITS.offlineLife.usual,
  }: Partial<SocketLimits> = {}) {
    this.#limits = { eventBytes, offlineEvents, offlineLife };
  }

  /** Events that were kept come first, marked `recovered`; then whatever happens. */
  attach(user_id: string, recipient: Recipient): void {
    const recipients = this.#recipients.get(user_id) ?? new Set();
    recipients.add(recipient);
    this.#recipients.set(user_id, recipients);
    for (const event of this.takeKept(user_id)) {
      recipient.send(event);
      this.count('replayed');
    }
  }

  /** @param unsent what this recipient was given and never took; kept where nobody else has it */
  detach(user_id: string, recipient: Recipient, unsent: readonly AgentEvent[] = []): void {
    const recipients = this.#recipients.get(user_id);
    recipients?.delete(recipient);
    if (recipients !== undefined && recipients.size > 0) return;
    this.#recipients.delete(user_id);
    for (const event of unsent) this.#keep(event);
  }

  connections(user_id: string): number {
    return this.#recipients.get(user_id)?.size ?? 0;
  }

  deliver(event: AgentEvent): void {
    if (!(named(event.run_id) || mutated('deliver-without-run')) || !named(event.user_id)) {
      this.count('refused');
      log('error', 'event without a run refused', { type: event.type, refused: this.#counts.refused });
      return;
    }
    const recipients = mutated('send-to-everyone')
      ? [...this.#recipients.values()].flatMap((all) => [...all])
      : [...(this.#recipients.get(event.user_id) ?? [])];
    const sent = mutated('drop-run-id') ? { ...event, run_id: '' } : fitted(event, this.#limits.eventBytes);
    const reached = recipients.filter((recipient) => recipient.send(sent)).length;
    if (reached === 0) this.#keep(sent);
  }

  /** What was kept for the user, oldest first; it is kept no longer. */
  takeKept(user_id: string): readonly AgentEvent[] {
    const kept = this.#away.get(user_id)?.events ?? [];
    this.#away.delete(user_id);
    return mutated('replay-unmarked') ? kept : kept.map((event) => ({ ...event, recovered: true }));
  }

  /** Forgets what waited too long. */
  sweep(now = Date.now()): void {
    for (const [user_id, { newest }] of this.#away)
      if (now - newest >= this.#limits.offlineLife) this.#away.delete(user_id);
  }

  readonly count: Count = (what) => {
    this.#counts[what] += 1;
  };

  counts(): Readonly<Record<Counted | 'users', number>> {
    return { users: this.#recipients.size, ...this.#counts };
  }

  #keep(event: AgentEvent): void {
    if (mutated('forget-offline-queue')) return;
    const waiting = [...(this.#away.get(event.user_id)?.events ?? []), event];
    const { offlineEvents } = this.#limits;
    const events = mutated('keep-oldest-offline')
      ? waiting.slice(0, offlineEvents)
      : waiting.slice(-offlineEvents);
    this.#away.set(event.user_id, { events, newest: Date.now() });
    this.count('kept');
  }
}

/** Whether an id is somebody's: an id that is missing in spite of its type must not crash the run that it was lost in. */
function named(id: unknown): boolean {
  const plain = typeof id === 'string' ? id.trim().toLowerCase() : '';
  return plain !== '' && !PLACEHOLDER_IDS.has(plain);
}
