/** Threads, messages and runs in PostgreSQL; what every message needs to know of its thread also in Redis. */
import { isFields } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS, CACHE_SECONDS } from '../shared/critical-values.ts';
import type { Database } from '../shared/database.ts';
import { mutated } from '../shared/mutations.ts';

export interface Thread {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
}
export interface Message {
  readonly id: string;
  readonly run_id: string | null;
  readonly role: string;
  readonly content: unknown;
  readonly created_at: Date;
}

const THREAD = 'id, user_id, title';

export class Threads {
  readonly #database: Database;
  readonly #cache: Cache;
  /** runs that failed while PostgreSQL was away, and why */
  readonly #unrecorded = new Map<string, string>();

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  async create(user_id: string, title: string): Promise<Thread> {
    const [thread] = await this.#database.query<Thread & Record<string, unknown>>(
      `insert into threads (user_id, title) values ($1, $2) returning ${THREAD}`,
      [user_id, title],
    );
    if (thread === undefined) throw new Error('PostgreSQL returned no row for an insert');
    return thread;
  }

  /** Newest first. */
  list(user_id: string): Promise<Array<Thread & Record<string, unknown>>> {
    return this.#database.query(
      `select ${THREAD}, created_at, updated_at from threads where user_id = $1 order by updated_at desc, id limit 100`,
      [user_id],
    );
  }

  /** `undefined` where there is none, or it is someone else's. */
  async find(user_id: string, id: string): Promise<Thread | undefined> {
    const thread = await this.#cache.readThrough(
      CACHE_KEYS.threadMeta(id),
      CACHE_SECONDS.threadMeta,
      threadOf,
      async () =>
        threadOf((await this.#database.query(`select ${THREAD} from threads where id = $1`, [id]))[0]),
    );
    return thread?.user_id === user_id ? thread : undefined;
  }

  /** False where there is none, or it is someone else's. */
  async rename(user_id: string, id: string, title: string): Promise<boolean> {
    const renamed = await this.#database.query(
      'update threads set title = $3, updated_at = now() where id = $2 and user_id = $1 returning id',
      [user_id, id, title],
    );
    await this.#cache.invalidate(CACHE_KEYS.threadMeta(id));
    return renamed.length > 0;
  }

  /** Oldest first. */
  messages(thread_id: string): Promise<Array<Message & Record<string, unknown>>> {
    return this.#database.query(
      'select id, run_id, role, content, created_at from messages where thread_id = $1 order by created_at, id limit 500',
      [thread_id],
    );
  }

  /** The user's message and the run that answers it, both or neither. */
  async startRun(run_id: string, thread_id: string, text: string): Promise<void> {
    if (!mutated('forget-failed-runs')) await this.#recordFailures();
    await this.#database.transaction(async (transaction) => {
      await transaction.query('insert into runs (id, thread_id) values ($1, $2)', [run_id, thread_id]);
      await transaction.query(
        `insert into messages (thread_id, run_id, role, content) values ($1, $2, 'user', $3)`,
        [thread_id, run_id, JSON.stringify({ text })],
      );
      await transaction.query('update threads set updated_at = now() where id = $1', [thread_id]);
    });
  }

  async completeRun(
    run_id: string,
    thread_id: string,
    text: string,
    tools: readonly string[],
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.query(`update runs set status = 'completed', finished_at = now() where id = $1`, [
        run_id,
      ]);
      await transaction.query(
        `insert into messages (thread_id, run_id, role, content, tool_info) values ($1, $2, 'assistant', $3, $4)`,
        [thread_id, run_id, JSON.stringify({ text }), JSON.stringify({ tools_used: tools })],
      );
      await transaction.query('update threads set updated_at = now() where id = $1', [thread_id]);
    });
  }

  /** Where PostgreSQL is away this throws, and is made good for before the next run begins. */
  async failRun(run_id: string, error: string): Promise<void> {
    this.#unrecorded.set(run_id, error);
    await this.#recordFailures();
  }

  async #recordFailures(): Promise<void> {
    for (const [run_id, error] of this.#unrecorded) {
      await this.#database.query(
        `update runs set status = 'failed', error = $2, finished_at = now() where id = $1 and status = 'running'`,
        [run_id, error],
      );
      this.#unrecorded.delete(run_id);
    }
  }
}

function threadOf(stored: unknown): Thread | undefined {
  if (!isFields(stored)) return undefined;
  const { id, user_id, title } = stored;
  if (typeof id !== 'string' || typeof user_id !== 'string' || typeof title !== 'string') return undefined;
  return { id, user_id, title };
}
