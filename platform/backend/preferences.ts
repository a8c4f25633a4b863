/** What a user has chosen for herself. The row is the truth; the cache is written with it, so the next read is fast. */
import { isFields } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS, CACHE_SECONDS } from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import { mutated } from '../shared/mutations.ts';

export type Chosen = Readonly<Record<string, unknown>>;

export class Preferences {
  readonly #database: Database;
  readonly #cache: Cache;

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** `undefined` where there is no such user. */
  of(user_id: string): Promise<Chosen | undefined> {
    return this.#cache.readThrough(keyOf(user_id), CACHE_SECONDS.preferences, chosenOf, async () => {
      const [row] = await this.#database.query('select preferences from users where id = $1', [user_id]);
      return chosenOf(row?.preferences);
    });
  }

  /** In place of all that was chosen before. False where there is no such user. */
  async choose(user_id: string, chosen: Chosen): Promise<boolean> {
    const changed = await this.#database.query(
      'update users set preferences = $2, updated_at = now() where id = $1 returning id',
      [user_id, JSON.stringify(chosen)],
    );
    if (changed.length === 0) return false;
    if (!mutated('skip-write-through'))
      await this.#cache.write(keyOf(user_id), CACHE_SECONDS.preferences, chosen);
    return true;
  }
}

const keyOf = (user_id: string): string =>
  CACHE_KEYS.preferences(mutated('share-cache-keys') ? 'all' : user_id);

const chosenOf = (stored: unknown): Chosen | undefined => (isFields(stored) ? stored : undefined);
