/**
 * What happened in one database, as the server itself counted it (pg_stat_database, pg_stat_user_tables). A session
 * hands in its counts when it ends, so they are read once all have; before Postgres 15 they arrive at some later time
 * through a collector, and nothing is said rather than too little.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceTotals } from '../../events/index.ts';
import { type Session, SqlError } from './session.ts';

export interface Measuring {
  readonly major: number;
  /** a connection that may see all statistics; without a name to any database but the measured */
  readonly connect: (database?: string) => Promise<Session>;
  readonly signal: AbortSignal;
}

/** How long the sessions of a file that has ended may take to go by themselves, ms. */
const PATIENCE = 250;

export class DatabaseMeasure {
  readonly #options: Measuring;
  #session: Promise<Session> | null = null;

  constructor(options: Measuring) {
    this.#options = options;
  }

  /** @returns null where it can't be told: an old server, one that is gone, a run that is being stopped */
  async of(database: string): Promise<ServiceTotals | null> {
    const { major, signal } = this.#options;
    if (major < 15 || signal.aborted) return null;
    try {
      const { sessions, transactions } = await this.#sessionsOf(database);
      // Each session's own start is one transaction (measured by us on 15 and 18).
      const own = transactions - sessions;
      const rows = own > 0 ? await this.#rowsOf(database) : NO_ROWS;
      return { kind: 'postgres', connections: sessions, transactions: own, ...rows };
    } catch (error) {
      if (error instanceof SqlError) return null;
      throw error;
    }
  }

  async end(): Promise<void> {
    const session = await this.#session?.catch(() => null);
    await session?.end();
  }

  async #sessionsOf(database: string): Promise<{ sessions: number; transactions: number }> {
    const began = performance.now();
    const sql = `
      SELECT (SELECT count(*) FROM pg_stat_activity
              WHERE datname = '${database}' AND backend_type = 'client backend')::int AS open,
             sessions::float8, (xact_commit + xact_rollback)::float8 AS transactions
      FROM pg_stat_database WHERE datname = '${database}'`;
    let terminated = false;
    for (let pause = 2; ; pause = Math.min(pause * 1.5, 20)) {
      const [row] = await this.#query(sql);
      const waited = performance.now() - began;
      if (Number(row?.open) === 0 || waited > 2 * PATIENCE) {
        return { sessions: Number(row?.sessions ?? 0), transactions: Number(row?.transactions ?? 0) };
      }
      if (waited > PATIENCE && !terminated) {
        terminated = true;
        await this.#query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
        );
      }
      await sleep(pause);
    }
  }

  async #rowsOf(database: string): Promise<typeof NO_ROWS> {
    const session = await this.#options.connect(database);
    try {
      const [row] = await session.query(`
        SELECT coalesce(sum(n_tup_ins), 0)::float8 AS inserted, coalesce(sum(n_tup_upd), 0)::float8 AS updated,
               coalesce(sum(n_tup_del), 0)::float8 AS deleted,
               coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::float8 AS fetched
        FROM pg_stat_user_tables`);
      return {
        inserted: Number(row?.inserted ?? 0),
        updated: Number(row?.updated ?? 0),
        deleted: Number(row?.deleted ?? 0),
        fetched: Number(row?.fetched ?? 0),
      };
    } finally {
      void session.end();
    }
  }

  async #query(sql: string): ReturnType<Session['query']> {
    this.#session ??= this.#options.connect();
    const session = await this.#session;
    if (!session.broken) return session.query(sql);
    this.#session = this.#options.connect();
    return (await this.#session).query(sql);
  }
}

const NO_ROWS = { inserted: 0, updated: 0, deleted: 0, fetched: 0 };
