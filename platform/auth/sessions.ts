/**
 * Sessions: one a login, with one refresh token that may be spent. PostgreSQL is the truth, Redis answers every
 * validation. Where Redis cannot be asked the answer is an error, never "still valid".
 *
 *   open ──refresh──▶ open (new refresh token) ──logout──▶ revoked
 *     └──spent refresh token presented again──▶ revoked, with reason `refresh_reuse`
 *
 * A spent token is a theft until proven otherwise, so of five refreshes at once one wins and the others revoke the
 * family: a client must not refresh twice with one token.
 */
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS } from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import { mutated } from '../shared/mutations.ts';

const REVOKED = 'revoked';

export type Rotation =
  | { readonly outcome: 'rotated'; readonly userId: string }
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'ended' };

export class Sessions {
  readonly #database: Database;
  readonly #cache: Cache;
  readonly #seconds: number;

  constructor(database: Database, cache: Cache, sessionSeconds: number) {
    this.#database = database;
    this.#cache = cache;
    this.#seconds = sessionSeconds;
  }

  async open(session: {
    id: string;
    userId: string;
    refreshJti: string;
    refreshDays: number;
  }): Promise<void> {
    await this.#database.query(
      `insert into auth_sessions (id, user_id, refresh_jti, expires_at)
       values ($1, $2, $3, now() + make_interval(days => $4))`,
      [session.id, session.userId, session.refreshJti, session.refreshDays],
    );
    await this.#keep(session.id, session.userId);
  }

  /** Spends `presented` and puts `next` in its place, in one statement: of several at once exactly one finds it there. */
  async rotate(id: string, presented: string, next: string): Promise<Rotation> {
    const unspent = mutated('skip-refresh-rotation') ? '$2::uuid is not null' : 'refresh_jti = $2::uuid';
    const [rotated] = await this.#database.query<{ user_id: string }>(
      `update auth_sessions set refresh_jti = $3, last_used_at = now()
       where id = $1 and ${unspent} and revoked_at is null and expires_at > now() returning user_id`,
      [id, presented, next],
    );
    if (rotated !== undefined) {
      await this.#keep(id, rotated.user_id);
      return { outcome: 'rotated', userId: rotated.user_id };
    }
    return { outcome: (await this.revoke(id, 'refresh_reuse')) ? 'reused' : 'ended' };
  }

  /** True where this call ended it. */
  async revoke(id: string, reason: 'logout' | 'refresh_reuse'): Promise<boolean> {
    const ended = await this.#database.query(
      `update auth_sessions set revoked_at = now(), revoked_reason = $2
       where id = $1 and revoked_at is null returning user_id`,
      [id, reason],
    );
    await this.#tombstone([id]);
    return ended.length > 0;
  }

  /** Ends every session of the user. */
  async revokeUser(userId: string): Promise<void> {
    await this.#database.query(
      `update auth_sessions set revoked_at = now(), revoked_reason = 'logout' where user_id = $1 and revoked_at is null`,
      [userId],
    );
    // Not only those that this call ended: an earlier call may have been cut off before Redis heard of it.
    const ended = await this.#database.query<{ id: string }>(
      'select id from auth_sessions where user_id = $1 and revoked_at > now() - make_interval(secs => $2)',
      [userId, this.#seconds],
    );
    await this.#tombstone(ended.map(({ id }) => id));
  }

  /** The token itself is refused until it would have expired anyway. @param seconds until then */
  async revokeToken(jti: string, seconds: number): Promise<void> {
    await this.#cache.strict.set(CACHE_KEYS.revokedToken(jti), REVOKED, 'EX', Math.max(1, seconds));
  }

  /** @throws where Redis, or on a miss PostgreSQL, cannot be asked: the caller must refuse */
  async isLive(jti: string, sessionId: string | undefined): Promise<boolean> {
    const session = sessionId === undefined ? [] : [CACHE_KEYS.authSession(sessionId)];
    const asked = this.#cache.strict.mget([CACHE_KEYS.revokedToken(jti), ...session]);
    const [tokenMark, stored] = await (mutated('revocation-fails-open')
      ? asked.catch(() => [null, 'open'])
      : asked);
    if (tokenMark !== null) return false;
    if (sessionId === undefined) return true;
    return typeof stored === 'string' ? stored !== REVOKED : this.#restore(sessionId);
  }

  /** A session that Redis has lost (restart, eviction) comes back from PostgreSQL, unless it has ended. */
  async #restore(id: string): Promise<boolean> {
    const [row] = await this.#database.query<{ user_id: string }>(
      'select user_id from auth_sessions where id = $1 and revoked_at is null and expires_at > now()',
      [id],
    );
    if (row === undefined) return false;
    // NX: a tombstone written since the row was read stays.
    const kept = await this.#cache.strict.set(
      CACHE_KEYS.authSession(id),
      sessionText(row.user_id),
      'EX',
      this.#seconds,
      'NX',
    );
    return kept === 'OK' || (await this.#cache.strict.get(CACHE_KEYS.authSession(id))) !== REVOKED;
  }

  async #keep(id: string, userId: string): Promise<void> {
    const seconds = mutated('endless-session-key') ? 31_536_000 : this.#seconds;
    await this.#cache.strict.set(CACHE_KEYS.authSession(id), sessionText(userId), 'EX', seconds);
  }

  /** Kept, not deleted, so that a restore that read the row before it ended cannot bring the session back. */
  async #tombstone(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const commands = this.#cache.strict.multi();
    for (const id of ids)
      commands.set(CACHE_KEYS.authSession(id), REVOKED, 'EX', this.#seconds).del(CACHE_KEYS.session(id));
    const replies = await commands.exec();
    for (const [error] of replies ?? []) if (error !== null) throw error;
  }
}

const sessionText = (user_id: string): string => JSON.stringify({ user_id, since: new Date().toISOString() });
