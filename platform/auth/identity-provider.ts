/**
 * The OpenID provider as the auth service uses it: where to send a browser, and who came back. Every answer of it is
 * checked: discovery for its issuer, the ID token for signature, issuer, audience, age and nonce.
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { type Fields, isFields, textField } from '../shared/bodies.ts';
import { reasonOf } from '../shared/log.ts';
import { mutated } from '../shared/mutations.ts';
import type { ProvidedIdentity } from './accounts.ts';
import { challengeOf, type Departure } from './oauth-states.ts';

export interface ProviderOptions {
  /** what `?provider=` and `users.auth_provider` call it */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** this service's `/auth/callback`, as registered with the provider */
  readonly callback: string;
}

export type ProviderProblem =
  | 'provider_unavailable'
  | 'provider_refused'
  | 'invalid_id_token'
  | 'email_unverified';

export class ProviderFailed extends Error {
  constructor(
    readonly problem: ProviderProblem,
    detail: string,
  ) {
    super(detail);
  }
}

/** ms */
const ANSWER_WITHIN = 5_000;

interface Discovered {
  readonly authorization: string;
  readonly token: string;
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
}

export class IdentityProvider {
  readonly #options: ProviderOptions;
  #discovered: Discovered | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The address to which a browser is sent to log in. @throws ProviderFailed */
  async authorizationUrl({ state, nonce, verifier }: Departure & { state: string }): Promise<string> {
    const { clientId, callback } = this.#options;
    const url = new URL((await this.#discover()).authorization);
    const query = {
      client_id: clientId,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid email profile',
      state,
      nonce,
      ...(mutated('skip-pkce')
        ? {}
        : { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' }),
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Who the code stands for. @throws ProviderFailed */
  async identityFor(code: string, { verifier, nonce }: Departure): Promise<ProvidedIdentity> {
    const { clientId, clientSecret, callback, issuer, name } = this.#options;
    const { token, keys } = await this.#discover();
    const answer = await answered(token, {
      method: 'POST',
      headers: { authorization: `Basic ${basic(clientId, clientSecret)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: callback,
        code_verifier: verifier,
      }),
    });
    const verified = await jwtVerify(textField(answer, 'id_token'), keys, {
      issuer,
      audience: clientId,
    }).catch((error: unknown) => {
      const ours = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
      throw new ProviderFailed(ours ? 'invalid_id_token' : 'provider_unavailable', reasonOf(error));
    });
    const { sub = '', email, email_verified, name: fullName } = verified.payload;
    if (verified.payload.nonce !== nonce || sub === '' || typeof email !== 'string')
      throw new ProviderFailed('invalid_id_token', 'the ID token lacks its nonce, subject or email');
    if (email_verified !== true && !mutated('accept-unverified-email'))
      throw new ProviderFailed('email_unverified', 'the provider has not verified the address');
    return { provider: name, subject: sub, email, name: typeof fullName === 'string' ? fullName : '' };
  }

  async #discover(): Promise<Discovered> {
    if (this.#discovered !== undefined) return this.#discovered;
    const { issuer } = this.#options;
    const found = await answered(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const [authorization, token, keys] = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].map(
      (field) => textField(found, field),
    );
    if (found.issuer !== issuer || !authorization || !token || !keys)
      throw new ProviderFailed('provider_unavailable', `the discovery of ${issuer} is of another issuer`);
    this.#discovered = { authorization, token, keys: createRemoteJWKSet(new URL(keys)) };
    return this.#discovered;
  }
}

/** RFC 6749 2.3.1: both parts form-encoded first. */
const basic = (id: string, secret: string): string =>
  Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');

async function answered(url: string, request: RequestInit = {}): Promise<Fields> {
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_WITHIN) });
    status = response.status;
    body = await response.json();
  } catch (error) {
    throw new ProviderFailed('provider_unavailable', reasonOf(error));
  }
  if (status >= 500 || !isFields(body))
    throw new ProviderFailed('provider_unavailable', `the provider answered ${status}`);
  if (status >= 400) throw new ProviderFailed('provider_refused', `${status} ${textField(body, 'error')}`);
  return body;
}
