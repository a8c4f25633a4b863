/**
 * The event bridge: brings each event to every socket of its own user, and keeps the newest for a user who is away. An
 * event whose run, or user, is not known is refused and counted; it is never sent to everyone.
 */
import type { AgentEvent, EventBridge } from '../../shared/events.ts';
import { log } from '../../shared/log.ts';
import { mutated } from '../../shared/mutations.ts';

/** A place where a user can be reached. False from `send` where it is closed or cannot keep up. */
export interface Recipient {
  send(event: AgentEvent): boolean;
}

const KEPT_EVENTS = 50;
/** ms that events wait for a user who does not come back */
const KEPT_FOR = 3_600_000;
const NO_RUN = new Set(['', 'registry', 'placeholder', 'default', 'null', 'undefined']);

export class EventDelivery implements EventBridge {
  readonly #recipients = new Map<string, Set<Recipient>>();
  readonly #away = new Map<string, { events: AgentEvent[]; newest: number }>();
  #refused = 0;

  /** Events that were kept come first, marked `recovered`; then whatever happens. */
  attach(user_id: string, recipient: Recipient): void {
    const recipients = this.#recipients.get(user_id) ?? new Set();
    recipients.add(recipient);
    this.#recipients.set(user_id, recipients);
    for (const event of this.takeKept(user_id)) recipient.send(event);
  }

  detach(user_id: string, recipient: Recipient): void {
    const recipients = this.#recipients.get(user_id);
    recipients?.delete(recipient);
    if (recipients?.size === 0) this.#recipients.delete(user_id);
  }

  connections(user_id: string): number {
    return this.#recipients.get(user_id)?.size ?? 0;
  }

  deliver(event: AgentEvent): void {
    if (NO_RUN.has(event.run_id.trim().toLowerCase()) || event.user_id === '') {
      this.#refused += 1;
      log('error', 'event without a run refused', { type: event.type, refused: this.#refused });
      return;
    }
    const recipients = mutated('send-to-everyone')
      ? [...this.#recipients.values()].flatMap((all) => [...all])
      : [...(this.#recipients.get(event.user_id) ?? [])];
    const reached = recipients.filter((recipient) => recipient.send(event)).length;
    if (reached === 0 && !mutated('forget-offline-queue')) this.#keep(event);
  }

  /** What was kept for the user, oldest first; it is kept no longer. */
  takeKept(user_id: string): readonly AgentEvent[] {
    const kept = this.#away.get(user_id)?.events ?? [];
    this.#away.delete(user_id);
    return kept.map((event) => ({ ...event, recovered: true }));
  }

  /** Forgets what waited too long. */
  sweep(now = Date.now()): void {
    for (const [user_id, { newest }] of this.#away) if (now - newest >= KEPT_FOR) this.#away.delete(user_id);
  }

  counts(): { readonly users: number; readonly refused: number } {
    return { users: this.#recipients.size, refused: this.#refused };
  }

  #keep(event: AgentEvent): void {
    const events = [...(this.#away.get(event.user_id)?.events ?? []), event].slice(-KEPT_EVENTS);
    this.#away.set(event.user_id, { events, newest: Date.now() });
  }
}
