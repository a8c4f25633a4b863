/** What somebody holds after logging in: a session, and tokens of that session. */
import { randomUUID } from 'node:crypto';
import type { TokenRefusal, Tokens } from '../shared/tokens.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Audit } from './audit.ts';
import type { Rotation, Sessions } from './sessions.ts';
import type { AuthSettings } from './settings.ts';

export interface Granted {
  readonly access_token: string;
  readonly refresh_token: string;
  /** for who administers the platform; any other service than its admin door refuses it */
  readonly admin_token?: string;
  readonly token_type: 'Bearer';
  /** seconds */
  readonly expires_in: number;
  readonly session_id: string;
  readonly user: Account;
}

export type Renewal =
  | { readonly ok: true; readonly granted: Granted }
  | {
      readonly ok: false;
      readonly reason: TokenRefusal | Exclude<Rotation['outcome'], 'rotated'>;
      readonly message: string;
    };

const REFUSALS = {
  reused: 'this refresh token was spent before; the session is ended',
  ended: 'the session has ended',
} as const satisfies Record<Exclude<Rotation['outcome'], 'rotated'>, string>;

export interface LoginParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly settings: AuthSettings;
}

export class Logins {
  readonly #parts: LoginParts;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** @param via `password`, or the name of the identity provider */
  async open(account: Account, via: string): Promise<Granted> {
    const { sessions, audit, settings } = this.#parts;
    const id = randomUUID();
    const refresh = await this.#refreshFor(account, id);
    await sessions.open({
      id,
      userId: account.id,
      refreshJti: refresh.jti,
      refreshDays: settings.refreshDays,
    });
    await audit.record('login', account.id, { via, session_id: id });
    return this.#granted(account, id, refresh.token);
  }

  /** Spends a refresh token. Spending it again ends its session. */
  async renew(token: string): Promise<Renewal> {
    const { accounts, sessions, tokens, audit } = this.#parts;
    const verified = await tokens.verify(token, 'refresh');
    if (!verified.ok) return { ok: false, reason: verified.reason, message: 'the refresh token is refused' };
    const { sid, sub, jti } = verified.claims;
    const account = await accounts.find(sub);
    if (sid === undefined || account === undefined)
      return { ok: false, reason: 'revoked', message: 'the account is closed' };
    const next = await this.#refreshFor(account, sid);
    const { outcome } = await sessions.rotate(sid, jti, next.jti);
    if (outcome === 'rotated') return { ok: true, granted: await this.#granted(account, sid, next.token) };
    if (outcome === 'reused') await audit.record('refresh_reused', sub, { session_id: sid });
    return { ok: false, reason: outcome, message: REFUSALS[outcome] };
  }

  #refreshFor({ id, email, permissions }: Account, sid: string): ReturnType<Tokens['sign']> {
    const { tokens, settings } = this.#parts;
    return tokens.sign('refresh', settings.refreshDays * 86_400, { sub: id, sid, email, permissions });
  }

  async #granted(account: Account, sid: string, refresh_token: string): Promise<Granted> {
    const { tokens, settings } = this.#parts;
    const { id, email, permissions } = account;
    const subject = { sub: id, sid, email, permissions };
    const lifetime = settings.accessMinutes * 60;
    const { token: access_token } = await tokens.sign('access', lifetime, subject);
    const admin = permissions.includes('admin') ? await tokens.sign('admin', lifetime, subject) : undefined;
    return {
      access_token,
      refresh_token,
      ...(admin === undefined ? {} : { admin_token: admin.token }),
      token_type: 'Bearer',
      expires_in: lifetime,
      session_id: sid,
      user: account,
    };
  }
}
