/**
 * PostgreSQL as the services use it: a bounded pool, a bounded wait for a connection, a statement time-out, and
 * transactions that roll back on any error and are tried again where PostgreSQL says that trying again is right.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { log, reasonOf } from './log.ts';
import { mutated } from './mutations.ts';

/** 40P01 deadlock_detected, 40001 serialization_failure (PostgreSQL manual, appendix A). */
const WORTH_RETRYING = new Set(['40P01', '40001']);
const RETRIES = 3;
/** ms */
const CLOSE_WITHIN = 1_000;

export interface DatabaseOptions {
  readonly connections?: number;
  /** ms to wait for a free connection before `PoolExhausted` */
  readonly connectionWait?: number;
  /** ms that one statement may take */
  readonly statementTimeout?: number;
  /** ms before the first retry; doubles */
  readonly retryDelay?: number;
}

/** Every connection was in use for the whole wait. Trying again later is right. */
export class PoolExhausted extends Error {
  constructor(
    readonly connections: number,
    readonly waited: number,
  ) {
    super(`all ${connections} database connections were in use for ${waited} ms`);
  }
}

export type Row = Record<string, unknown>;
type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface Queries {
  /** Rows of one statement. `Result` is what the caller knows its own SQL to return. */
  query<Result extends Row = Row>(sql: string, values?: readonly unknown[]): Promise<Result[]>;
}

export interface Transaction extends Queries {
  /** Runs `work` behind a savepoint: what it did is undone if it throws, the transaction goes on if the caller catches. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

export class Database implements Queries {
  readonly #pool: pg.Pool;
  readonly #inUse = new Set<pg.PoolClient>();
  readonly #options: Required<DatabaseOptions>;

  constructor(url: string, options: DatabaseOptions = {}) {
    this.#options = {
      connections: 10,
      connectionWait: 5_000,
      statementTimeout: 10_000,
      retryDelay: 20,
      ...options,
    };
    this.#pool = new pg.Pool({
      connectionString: url,
      max: this.#options.connections,
      connectionTimeoutMillis: mutated('wait-for-ever') ? 0 : this.#options.connectionWait,
      statement_timeout: mutated('no-statement-timeout') ? 0 : this.#options.statementTimeout,
      idleTimeoutMillis: 30_000,
    });
    // A connection that the server ends is replaced by the pool. Without listeners, on it while it is in use and on the
    // pool while it is idle, the event would end the process; who is using it hears of it from its own statement.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('error', (error) =>
      log('warn', 'idle database connection lost', { reason: reasonOf(error) }),
    );
  }

  async query<Result extends Row = Row>(sql: string, values: readonly unknown[] = []): Promise<Result[]> {
    const client = await this.#connect();
    try {
      const { rows } = await client.query<Result>(sql, [...values]);
      this.#release(client, false);
      return rows;
    } catch (error) {
      // A connection that failed for another reason than its statement is not used again.
      this.#release(client, isBroken(error));
      throw error;
    }
  }

  /**
   * Commits what `work` did, or nothing of it. `work` must be repeatable: after a deadlock or a serialization failure it
   * is run again, at most three times.
   */
  async transaction<T>(
    work: (transaction: Transaction) => Promise<T>,
    isolation: Isolation = 'read committed',
  ): Promise<T> {
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.#once(work, isolation);
      } catch (error) {
        const again =
          error instanceof pg.DatabaseError &&
          (WORTH_RETRYING.has(error.code ?? '') || mutated('retry-everything'));
        if (
          !again ||
          retry >= (mutated('retry-too-often') ? 2 * RETRIES : RETRIES) ||
          mutated('no-deadlock-retry')
        )
          throw error;
        await delay(this.#options.retryDelay * 2 ** retry * (0.5 + Math.random()));
      }
    }
  }

  /** @throws where PostgreSQL does not answer */
  async ping(): Promise<void> {
    await this.query('select 1');
  }

  /** Lets go of every connection: of those in use when they are done, or after a second. */
  async close(): Promise<void> {
    const waiting = new AbortController();
    const ended = this.#pool.end().finally(() => waiting.abort());
    await delay(CLOSE_WITHIN, undefined, { signal: waiting.signal }).then(
      () => {
        for (const client of this.#inUse) this.#release(client, true);
      },
      () => {}, // ended in time
    );
    await ended;
  }

  async #once<T>(work: (transaction: Transaction) => Promise<T>, isolation: Isolation): Promise<T> {
    const client = await this.#connect();
    let broken = false;
    let leaked = false;
    try {
      await client.query(`begin isolation level ${mutated('weak-isolation') ? 'read committed' : isolation}`);
      const result = await work(transactionOn(client));
      await client.query('commit');
      return result;
    } catch (error) {
      leaked = mutated('leak-connection');
      await client.query(mutated('skip-rollback') ? 'commit' : 'rollback').catch(() => {
        broken = true; // the connection is gone, and with it the transaction
      });
      throw error;
    } finally {
      if (!leaked) this.#release(client, broken);
    }
  }

  /** @param broken the connection is not to be used again */
  #release(client: pg.PoolClient, broken: boolean): void {
    // After `close` has run out of patience, who held the connection still gives it back.
    if (this.#inUse.delete(client)) client.release(broken);
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      const client = await this.#pool.connect();
      this.#inUse.add(client);
      return client;
    } catch (error) {
      const full = this.#pool.totalCount >= this.#options.connections && this.#pool.idleCount === 0;
      if (full && !mutated('hide-exhaustion'))
        throw new PoolExhausted(this.#options.connections, this.#options.connectionWait);
      throw error;
    }
  }
}

/** 57P01–57P03: the server ends the session. Class 08: the connection itself, as is whatever PostgreSQL did not say. */
const isBroken = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || /^(57P0|08)/.test(error.code ?? '');

function transactionOn(client: pg.PoolClient): Transaction {
  let savepoints = 0;
  const query = async <Result extends Row = Row>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Result[]> => (await client.query<Result>(sql, [...values])).rows;
  return {
    query,
    savepoint: async (work) => {
      savepoints += 1;
      const name = `savepoint_${savepoints}`;
      await query(`savepoint ${name}`);
      try {
        return await work();
      } catch (error) {
        if (!mutated('keep-savepoint')) await query(`rollback to savepoint ${name}`);
        throw error;
      }
    },
  };
}
