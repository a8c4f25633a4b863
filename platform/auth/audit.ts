/**
 * The record of the door: who came in, who was refused, what was ended. It is written before the answer; a request whose
 * row cannot be written fails.
 */
import type { Database } from '../shared/database.ts';
import { mutated } from '../shared/mutations.ts';

export type AuditEvent =
  | 'registered'
  | 'login'
  | 'login_refused'
  | 'login_locked'
  | 'refresh_reused'
  | 'logout'
  | 'logout_everywhere';

export class Audit {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param userId null where the account is not known @param detail never a password, never a token */
  async record(
    event: AuditEvent,
    userId: string | null,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    if (mutated('skip-audit-row')) return;
    await this.#database.query('insert into auth_audit (user_id, event, detail) values ($1, $2, $3)', [
      userId,
      event,
      JSON.stringify(detail),
    ]);
  }
}
