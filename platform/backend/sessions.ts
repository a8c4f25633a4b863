/**
 * What the backend knows of a login: what its user pays for, where she left off, and in which one she was last. Read
 * from Redis where it is there; kept in PostgreSQL, so that a restart of Redis costs one read each.
 */
import { isFields } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS, CACHE_SECONDS } from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import type { Tier } from './tools/index.ts';

/** Where a session left off. */
export interface SessionState {
  readonly user_id: string;
  readonly session_id: string;
  /** null once that thread is deleted */
  readonly thread_id: string | null;
}

const STATE = 'user_id, session_id, thread_id';

export class Sessions {
  readonly #database: Database;
  readonly #cache: Cache;

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** What the user pays for, kept with the session so that not every run asks for it. */
  async tier(user_id: string, session_id: string): Promise<Tier> {
    const session = await this.#cache.readThrough(
      CACHE_KEYS.session(session_id),
      CACHE_SECONDS.session,
      payerOf,
      async () =>
        payerOf(
          (await this.#database.query('select id as user_id, tier from users where id = $1', [user_id]))[0],
        ),
    );
    return session?.user_id === user_id ? session.tier : 'basic';
  }

  /** The user is in this thread now. */
  async remember(state: SessionState): Promise<void> {
    const { user_id, session_id, thread_id } = state;
    const [kept] = await this.#database.query(
      `insert into session_state (session_id, user_id, thread_id) values ($1, $2, $3)
       on conflict (session_id) do update set thread_id = $3, updated_at = clock_timestamp()
       where session_state.user_id = $2 returning session_id`,
      [session_id, user_id, thread_id],
    );
    if (kept === undefined) return; // the session is someone else's
    await this.#cache.write(CACHE_KEYS.persistentSession(session_id), CACHE_SECONDS.persistentSession, state);
    await this.#cache.write(CACHE_KEYS.userSession(user_id), CACHE_SECONDS.userSession, { session_id });
  }

  /** Where this session left off; `undefined` where it has not begun, or is someone else's. */
  async state(user_id: string, session_id: string): Promise<SessionState | undefined> {
    const state = await this.#cache.readThrough(
      CACHE_KEYS.persistentSession(session_id),
      CACHE_SECONDS.persistentSession,
      stateOf,
      async () =>
        stateOf(
          (
            await this.#database.query(`select ${STATE} from session_state where session_id = $1`, [
              session_id,
            ])
          )[0],
        ),
    );
    return state?.user_id === user_id ? state : undefined;
  }

  /** The session in which the user was last. */
  async latest(user_id: string): Promise<string | undefined> {
    const latest = await this.#cache.readThrough(
      CACHE_KEYS.userSession(user_id),
      CACHE_SECONDS.userSession,
      latestOf,
      async () =>
        latestOf(
          (
            await this.#database.query(
              'select session_id from session_state where user_id = $1 order by updated_at desc limit 1',
              [user_id],
            )
          )[0],
        ),
    );
    return latest?.session_id;
  }
}

function payerOf(stored: unknown): { user_id: string; tier: Tier } | undefined {
  if (!isFields(stored) || typeof stored.user_id !== 'string') return undefined;
  return { user_id: stored.user_id, tier: stored.tier === 'enterprise' ? 'enterprise' : 'basic' };
}

function stateOf(stored: unknown): SessionState | undefined {
  if (!isFields(stored)) return undefined;
  const { user_id, session_id, thread_id } = stored;
  if (typeof user_id !== 'string' || typeof session_id !== 'string') return undefined;
  return { user_id, session_id, thread_id: typeof thread_id === 'string' ? thread_id : null };
}

function latestOf(stored: unknown): { readonly session_id: string } | undefined {
  if (!isFields(stored) || typeof stored.session_id !== 'string') return undefined;
  return { session_id: stored.session_id };
}
