/** Who may log in: users, their passwords, and who their identity provider says they are. Knows nothing of tokens. */
import { hash, verify } from '@node-rs/argon2';
import { isFields } from '../shared/bodies.ts';
import type { Database, Row } from '../shared/database.ts';
import { mutated } from '../shared/mutations.ts';

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly permissions: readonly string[];
  readonly tier: string;
}

export type Authentication =
  | { readonly kind: 'right'; readonly account: Account }
  /** for the record alone; the caller is told one and the same for every reason */
  | {
      readonly kind: 'wrong';
      readonly userId: string | null;
      readonly reason: 'unknown' | 'password' | 'closed';
    };

/** What a provider vouches for. */
export interface ProvidedIdentity {
  readonly provider: string;
  readonly subject: string;
  readonly email: string;
  readonly name: string;
}

const COLUMNS = 'id, email, full_name, permissions, tier';

export class Accounts {
  readonly #database: Database;
  readonly #memory: number;
  /** checked where there is no password to check, so that every answer costs the same work */
  readonly #nobody: Promise<string>;
  #verified = 0;

  constructor(database: Database, argonMemory: number) {
    this.#database = database;
    this.#memory = argonMemory;
    this.#nobody = hash('nobody has this password', this.#cost());
  }

  /** Password hashes that were verified so far: one for each `authenticate`, whatever came of it. */
  get verified(): number {
    return this.#verified;
  }

  /** `undefined` where the address is taken. */
  async register(email: string, password: string, fullName: string): Promise<Account | undefined> {
    const passwordHash = await hash(password, this.#cost());
    const [account] = await this.#database.query<Account & Row>(
      `insert into users (email, full_name, password_hash) values (lower($1), $2, $3)
       on conflict (email) do nothing returning ${COLUMNS}`,
      [email, fullName, passwordHash],
    );
    return account;
  }

  async authenticate(email: string, password: string): Promise<Authentication> {
    const [found] = await this.#database.query(
      `select ${COLUMNS}, password_hash, is_active from users where email = lower($1)`,
      [email],
    );
    const stored = typeof found?.password_hash === 'string' ? found.password_hash : undefined;
    const right = await this.#matches(stored, password);
    const account = accountOf(found);
    if (account === undefined) return { kind: 'wrong', userId: null, reason: 'unknown' };
    if (!right) return { kind: 'wrong', userId: account.id, reason: 'password' };
    if (found?.is_active !== true) return { kind: 'wrong', userId: account.id, reason: 'closed' };
    return { kind: 'right', account };
  }

  /** `undefined` where there is no such account, or it is closed. */
  async find(id: string): Promise<Account | undefined> {
    const [found] = await this.#database.query(`select ${COLUMNS} from users where id = $1 and is_active`, [
      id,
    ]);
    return accountOf(found);
  }

  /**
   * The account of this subject, made at its first login. `taken` where the address belongs to an account that logs in
   * another way: whoever controls an address at some provider must not get into that account.
   */
  async provided({
    provider,
    subject,
    email,
    name,
  }: ProvidedIdentity): Promise<Account | 'taken' | 'closed'> {
    await this.#database.query(
      `insert into users (email, full_name, auth_provider, provider_subject) values (lower($1), $2, $3, $4)
       on conflict do nothing`,
      [email, name, provider, subject],
    );
    const [found] = mutated('link-by-email')
      ? await this.#database.query(`select ${COLUMNS}, is_active from users where email = lower($1)`, [email])
      : await this.#database.query(
          `select ${COLUMNS}, is_active from users where auth_provider = $1 and provider_subject = $2`,
          [provider, subject],
        );
    const account = accountOf(found);
    if (account === undefined) return 'taken';
    return found?.is_active === true ? account : 'closed';
  }

  async #matches(stored: string | undefined, password: string): Promise<boolean> {
    if (stored === undefined && mutated('skip-unknown-hash')) return false;
    this.#verified += 1;
    return (await verify(stored ?? (await this.#nobody), password)) && stored !== undefined;
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
