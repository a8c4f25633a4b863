/**
 * Asks the auth service who a token belongs to, behind a circuit breaker: five failures open it, one probe after the
 * reset time closes it again, so an outage of the auth service ends when the auth service is back. A refusal is an
 * answer and never counts as a failure.
 */
import CircuitBreaker from 'opossum';
import { isFields } from '../shared/bodies.ts';
import { reasonOf } from '../shared/log.ts';
import type { Tokens } from '../shared/tokens.ts';

export interface Principal {
  readonly user_id: string;
  readonly session_id: string;
  readonly email: string;
  readonly permissions: readonly string[];
}

export type Identity =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface AuthClient {
  identify(token: string): Promise<Identity>;
  /** @throws where the auth service does not answer */
  ping(): Promise<void>;
  close(): void;
}

export interface AuthClientOptions {
  readonly url: string;
  readonly serviceId: string;
  readonly serviceSecret: string;
  readonly tokens: Tokens;
}

/** ms */
const ANSWER_WITHIN = 3_000;
const RESET_AFTER = 10_000;
const FAILURES_TO_OPEN = 5;

export function authClient({ url, serviceId, serviceSecret, tokens }: AuthClientOptions): AuthClient {
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
    if (response.status >= 500) throw new Error(`the auth service answered ${response.status}`);
    return identityIn(response.status, body);
  };
  const breaker = new CircuitBreaker(ask, {
    timeout: false, // `fetch` has its own, which also ends the request
    resetTimeout: RESET_AFTER,
    volumeThreshold: FAILURES_TO_OPEN,
    errorThresholdPercentage: 50,
  });
  return {
    identify: async (token) => {
      // What is refused by signature or age needs no second opinion.
      const local = await tokens.verify(token, 'access');
      if (!local.ok) return { kind: 'refused', reason: local.reason };
      try {
        return await breaker.fire(token);
      } catch (error) {
        return { kind: 'unavailable', reason: reasonOf(error) };
      }
    },
    ping: async () => {
      const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(ANSWER_WITHIN) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the auth service answered ${response.status}`);
    },
    close: () => breaker.shutdown(),
  };
}

function identityIn(status: number, body: unknown): Identity {
  if (!isFields(body)) throw new Error('the auth service sent what is not an object');
  const { user_id, session_id, email, permissions } = body;
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
  const error = isFields(body.error) ? body.error : {};
  // Our own credentials were refused: no fault of the token, so the caller must not be told that it is.
  if (status === 403 || error.code !== 'invalid_token')
    throw new Error(`the auth service refused this service: ${status} ${String(error.code)}`);
  return { kind: 'refused', reason: String(error.reason) };
}
