/** Who may log in: users and their passwords. Knows nothing of tokens. */
import { hash, verify } from '@node-rs/argon2';
import { isFields } from '../shared/bodies.ts';
import type { Database } from '../shared/database.ts';

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly permissions: readonly string[];
  readonly tier: string;
}

const COLUMNS = 'id, email, full_name, permissions, tier';

export class Accounts {
  readonly #database: Database;
  readonly #memory: number;
  /** checked where there is no such account, so that both answers take the same time */
  readonly #nobody: Promise<string>;

  constructor(database: Database, argonMemory: number) {
    this.#database = database;
    this.#memory = argonMemory;
    this.#nobody = hash('nobody has this password', this.#cost());
  }

  /** `undefined` where the address is taken. */
  async register(email: string, password: string, fullName: string): Promise<Account | undefined> {
    const passwordHash = await hash(password, this.#cost());
    const [account] = await this.#database.query<Account & Record<string, unknown>>(
      `insert into users (email, full_name, password_hash) values (lower($1), $2, $3)
       on conflict (email) do nothing returning ${COLUMNS}`,
      [email, fullName, passwordHash],
    );
    return account;
  }

  /** `undefined` for an unknown address, a wrong password and a closed account alike. */
  async authenticate(email: string, password: string): Promise<Account | undefined> {
    const [found] = await this.#database.query(
      `select ${COLUMNS}, password_hash from users where email = lower($1) and is_active`,
      [email],
    );
    const stored = typeof found?.password_hash === 'string' ? found.password_hash : undefined;
    const right = await verify(stored ?? (await this.#nobody), password);
    return right && stored !== undefined ? accountOf(found) : undefined;
  }

  /** `undefined` where there is no such account, or it is closed. */
  async find(id: string): Promise<Account | undefined> {
    const [found] = await this.#database.query(`select ${COLUMNS} from users where id = $1 and is_active`, [
      id,
    ]);
    return accountOf(found);
  }

  #cost(): { memoryCost: number; timeCost: number; parallelism: number } {
    return { memoryCost: this.#memory, timeCost: 2, parallelism: 1 };
  }
}

function accountOf(row: unknown): Account | undefined {
  if (!isFields(row)) return undefined;
  const { id, email, full_name, permissions, tier } = row;
  if (typeof id !== 'string' || typeof email !== 'string' || typeof full_name !== 'string') return undefined;
  if (typeof tier !== 'string' || !Array.isArray(permissions)) return undefined;
  return { id, email, full_name, permissions: permissions.map(String), tier };
}
