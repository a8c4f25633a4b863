/**
 * Asks the auth service who a token belongs to, behind a circuit breaker. A refusal is an answer and never counts as a
 * failure. Where there is no answer, what the caller sees (the symptom) and what is behind it (the cause) are told apart:
 * while the breaker is open the cause is still the fault that opened it.
 */
import { isFields } from '../shared/bodies.ts';
import { log, reasonOf } from '../shared/log.ts';
import { mutated } from '../shared/mutations.ts';
import type { Tokens } from '../shared/tokens.ts';
import { BreakerOpen, type BreakerState, breaker } from './auth-client-breaker.ts';

export interface Principal {
  readonly user_id: string;
  readonly session_id: string;
  readonly email: string;
  readonly permissions: readonly string[];
}

/** What is wrong behind a missing answer. */
export type AuthFault = 'unreachable' | 'too_slow' | 'server_error' | 'credentials_refused' | 'bad_answer';

export type Identity =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'unavailable';
      readonly symptom: 'no_answer' | 'breaker_open';
      readonly cause: AuthFault;
    };

export interface AuthClient {
  identify(token: string): Promise<Identity>;
  readonly state: BreakerState;
  /** @throws where the auth service does not answer */
  ping(): Promise<void>;
  close(): void;
}

export interface AuthClientOptions {
  readonly url: string;
  readonly serviceId: string;
  readonly serviceSecret: string;
  readonly tokens: Tokens;
  /** ms that an open breaker waits before a probe */
  readonly resetAfter?: number;
  readonly onState?: (state: BreakerState) => void;
}

/** ms */
const ANSWER_WITHIN = 3_000;
const RESET_AFTER = 10_000;

class NoAnswer extends Error {
  constructor(
    readonly fault: AuthFault,
    detail: string,
  ) {
    super(detail);
  }
}

export function authClient(options: AuthClientOptions): AuthClient {
  const { url, serviceId, serviceSecret, tokens, resetAfter = RESET_AFTER, onState } = options;
  const headers = {
    'content-type': 'application/json',
    'x-service-id': serviceId,
    'x-service-secret': serviceSecret,
  };
  const ask = async (token: string): Promise<Identity> => {
    const response = await fetch(new URL('/auth/validate', url), {
      method: 'POST',
      headers,
      body: JSON.stringify({ token, token_type: 'access' }),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    });
    const body: unknown = await response.json();
    const identity = identityIn(response.status, body);
    if (identity.kind === 'refused' && mutated('refusals-open-breaker'))
      throw new NoAnswer('bad_answer', identity.reason);
    return identity;
  };
  let cause: AuthFault = 'unreachable';
  const askOrSayWhy = async (token: string): Promise<Identity> => {
    try {
      return await ask(token);
    } catch (error) {
      cause = faultOf(error); // before the breaker hears of it: it may open on this one, and say why
      log('error', 'token not checked', { symptom: 'no_answer', cause, reason: behind(error) });
      throw error;
    }
  };
  const guarded = breaker(askOrSayWhy, {
    resetAfter,
    onState: (state) => {
      log(state === 'open' ? 'error' : 'info', `auth breaker is ${state}`, { cause });
      onState?.(state);
    },
  });
  return {
    get state() {
      return guarded.state;
    },
    identify: async (token) => {
      // What is refused by signature or age needs no second opinion.
      const local = await tokens.verify(token, 'access');
      if (!local.ok) return { kind: 'refused', reason: local.reason };
      try {
        return await guarded.fire(token);
      } catch (error) {
        if (error instanceof BreakerOpen) return { kind: 'unavailable', symptom: 'breaker_open', cause };
        if (mutated('blame-the-token')) return { kind: 'refused', reason: 'unavailable' };
        return { kind: 'unavailable', symptom: 'no_answer', cause };
      }
    },
    ping: async () => {
      const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(ANSWER_WITHIN) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the auth service answered ${response.status}`);
    },
    close: () => guarded.close(),
  };
}

function identityIn(status: number, body: unknown): Identity {
  const { user_id, session_id, email, permissions, error } = isFields(body) ? body : {};
  if (
    status === 200 &&
    typeof user_id === 'string' &&
    typeof session_id === 'string' &&
    Array.isArray(permissions)
  )
    return {
      kind: 'known',
      principal: { user_id, session_id, email: String(email), permissions: permissions.map(String) },
    };
  const { code, reason } = isFields(error) ? error : {};
  const said = `the auth service answered ${status} ${String(code)}`;
  if (status >= 500) throw new NoAnswer('server_error', said);
  if (status === 401 && code === 'invalid_token') return { kind: 'refused', reason: String(reason) };
  // Our own credentials were refused: no fault of the token, so the caller must not be told that it is.
  if (status === 401 || status === 403) throw new NoAnswer('credentials_refused', said);
  throw new NoAnswer('bad_answer', said);
}

function faultOf(error: unknown): AuthFault {
  if (error instanceof NoAnswer) return error.fault;
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'too_slow';
  return error instanceof SyntaxError ? 'bad_answer' : 'unreachable';
}

/** `fetch` says only that it failed; why is one level down. */
const behind = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined
    ? `${reasonOf(error)}: ${reasonOf(error.cause)}`
    : reasonOf(error);
