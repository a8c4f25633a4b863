/** One connection. Statements queue up, since node-postgres must not get two at once; an `error` never goes unheard. */
import type { ClientConfig, QueryResultRow } from 'pg';
import { messageOf } from '../failure.ts';

export interface Session {
  /** @throws {SqlError} */
  query(sql: string): Promise<readonly QueryResultRow[]>;
  /** The connection is gone; every further query fails. */
  readonly broken: boolean;
  /** Never rejects, never hangs on a server that is gone. */
  end(): Promise<void>;
}

/** What the server said, or why it could not be asked. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** SQLSTATE; null where the server did not answer */
  readonly code: string | null;
  /** 1-based, in characters of the statement's text; null where the server did not say */
  readonly position: number | null;
  readonly detail: string | null;
  readonly hint: string | null;
  /** how many statements of the text had been carried out before */
  readonly completed: number;

  constructor(cause: unknown, completed = 0) {
    super(messageOf(cause), { cause });
    this.completed = completed;
    const said = (field: string): string | null => {
      const value: unknown = cause instanceof Error ? Reflect.get(cause, field) : undefined;
      return typeof value === 'string' ? value : null;
    };
    // Only the server states a severity; a code without one is the operating system's.
    this.code = said('severity') === null ? null : said('code');
    const position = said('position');
    this.position = position === null ? null : Number(position);
    this.detail = said('detail');
    this.hint = said('hint');
  }
}

/** @throws {SqlError} */
export async function connect(config: ClientConfig): Promise<Session> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ application_name: 'runner', ...config });
  let broken = false;
  client.on('error', () => {
    broken = true;
  });
  client.on('end', () => {
    broken = true;
  });
  const end = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 500);
    });
    await Promise.race([client.end().catch(() => {}), patience]);
    clearTimeout(timer);
  };
  try {
    await client.connect();
  } catch (error) {
    void end();
    throw new SqlError(error);
  }
  let queue: Promise<unknown> = Promise.resolve();
  let completed = 0;
  client.connection.on('commandComplete', () => {
    completed += 1;
  });
  return {
    get broken() {
      return broken;
    },
    query: (sql) => {
      const next = queue.then(async () => {
        completed = 0;
        try {
          const result: unknown = await client.query(sql);
          return rowsOf(result);
        } catch (error) {
          throw new SqlError(error, completed);
        }
      });
      queue = next.catch(() => {});
      return next;
    },
    end,
  };
}

/** Several statements in one text come back as an array of results: the last one's rows count. */
function rowsOf(result: unknown): readonly QueryResultRow[] {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  if (typeof last !== 'object' || last === null || !('rows' in last) || !Array.isArray(last.rows)) return [];
  return last.rows;
}

/** Names of ours hold letters, digits and `_` only; quoting them all the same costs nothing. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A single value read back as text. */
export async function scalar(session: Session, sql: string): Promise<string> {
  const [row] = await session.query(sql);
  const value: unknown = row === undefined ? undefined : Object.values(row)[0];
  return value === undefined || value === null ? '' : String(value);
}
