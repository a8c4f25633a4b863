/** A running Postgres on which leases are made, whoever started it, and what an isolation makes of it. */
import { randomBytes } from 'node:crypto';
import type { PostgresServiceConfig } from '../../config/index.ts';
import type { Result } from '../../events/index.ts';
import type { ServiceFailure } from '../contract.ts';
import type { Instance, KeptWhere } from '../kinds.ts';
import type { Session } from './session.ts';

export interface PostgresServer {
  readonly service: PostgresServiceConfig;
  readonly major: number;
  /** on ours we are superuser and make a role a lease; on a foreign one we are who its URL says, and so are the tests */
  readonly whose: 'ours' | 'foreign';
  readonly host: string;
  readonly port: string;
  /** null where it is somebody else's */
  readonly log: string | null;
  /** where a database goes that outlives its lease; an error says why none can */
  readonly keeping: Result<KeptWhere, string>;
  /** what everything is named by that we make on it for this service */
  readonly prefix: string;
  /** as whoever makes things; without a name to the database that is always there @throws {SqlError} */
  connect(database?: string): Promise<Session>;
  /** @param login null: the one that the server's own URL names */
  url(database: string, login: Login | null): string;
}

/** A role of a lease. */
export interface Login {
  readonly name: string;
  readonly password: string;
}

export const freshPassword = (): string => randomBytes(24).toString('base64url');

/** Where leases come from. */
export interface Source {
  lease(): Promise<Result<Instance, ServiceFailure>>;
  /** @param made `leave`: it goes with the server @returns the names of what could not be dropped */
  close(made: 'drop' | 'leave'): Promise<readonly string[]>;
}

/** Passwords of the roles of leases, made when they are first asked for. */
export class Logins {
  readonly #known = new Map<string, Login>();

  of(name: string): Login {
    const known = this.#known.get(name) ?? { name, password: freshPassword() };
    this.#known.set(name, known);
    return known;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }
}
