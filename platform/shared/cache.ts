/**
 * Redis in front of PostgreSQL. PostgreSQL is the truth: when Redis is away every read goes there, and when it is back
 * whatever changed meanwhile is removed from it before it is believed again. No call here fails because Redis does,
 * except `ping` and `strict`, which are for those who must know.
 */
import { Redis } from 'ioredis';
import { log, reasonOf } from './log.ts';
import { mutated } from './mutations.ts';

export interface CacheOptions {
  /** ms that one command may take */
  readonly commandTimeout?: number;
}

/** Above this many keys to forget, remembering them costs more than forgetting everything. */
const MISSED_LIMIT = 10_000;

export class Cache {
  readonly #redis: Redis;
  /** keys whose removal did not reach Redis */
  readonly #missed = new Set<string>();
  #reported = false;

  constructor(url: string, options: CacheOptions = {}) {
    this.#redis = new Redis(url, {
      commandTimeout: options.commandTimeout ?? 1_000,
      connectTimeout: 2_000,
      disconnectTimeout: 100, // of a Redis that is gone no farewell is to be expected
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(20 * 2 ** Math.min(attempt, 6), 1_000),
    });
    this.#redis.on('error', (error) => this.#reportOnce(error));
    this.#redis.on('ready', () => {
      this.#reported = false;
      // Commands wait for the first connection only. While a later one is made they fail at once, and the database answers.
      this.#redis.options.enableOfflineQueue = mutated('queue-while-away');
    });
  }

  /**
   * The value under `key`, or what `load` answers, kept for `seconds`. `undefined` from `load` is not kept.
   * @param parse checks what came out of the cache; `undefined` makes it a miss
   */
  async readThrough<T>(
    key: string,
    seconds: number,
    parse: (stored: unknown) => T | undefined,
    load: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const stored = await this.#quietly(async () => {
      await this.#forgetMissed();
      return this.#redis.get(key);
    });
    const kept = typeof stored === 'string' ? parse(fromJson(stored)) : undefined;
    if (kept !== undefined) return kept;
    const loaded = await load();
    if (loaded !== undefined) await this.write(key, seconds, loaded);
    return loaded;
  }

  async write(key: string, seconds: number, value: unknown): Promise<void> {
    const written = await this.#quietly(() =>
      mutated('no-cache-expiry')
        ? this.#redis.set(key, JSON.stringify(value))
        : this.#redis.set(key, JSON.stringify(value), 'EX', seconds),
    );
    if (written === undefined) this.#missed.add(key);
  }

  /** To be called after the row behind `key` has changed. */
  async invalidate(key: string): Promise<void> {
    if (mutated('serve-stale-cache')) return;
    if ((await this.#quietly(() => this.#redis.del(key))) === undefined) this.#missed.add(key);
  }

  /** The client itself, for those who must fail when Redis does (sessions and revocations fail closed). */
  get strict(): Redis {
    return this.#redis;
  }

  /** @throws where Redis does not answer */
  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #forgetMissed(): Promise<void> {
    if (this.#missed.size === 0 || mutated('trust-cache-after-outage')) return;
    const keys = [...this.#missed];
    await (keys.length > MISSED_LIMIT ? this.#redis.flushdb() : this.#redis.del(...keys));
    for (const key of keys) this.#missed.delete(key);
  }

  async #quietly<T>(command: () => Promise<T>): Promise<T | undefined> {
    try {
      return await command();
    } catch (error) {
      this.#reportOnce(error);
      return undefined;
    }
  }

  #reportOnce(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    log('warn', 'cache is away, reading from the database', { reason: reasonOf(error) });
  }
}

/** Damaged text is a miss. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
