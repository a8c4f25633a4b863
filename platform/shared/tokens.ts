/**
 * JSON Web Tokens, HS256: how they are signed and every reason to refuse one. Revocation is not known here; the auth
 * service asks for it after a token has passed.
 */
import { randomUUID } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import {
  type EnvironmentName,
  SERVICE_IDS,
  TOKEN_AUDIENCES,
  TOKEN_ISSUER,
  type TokenType,
} from './critical-values.ts';
import { mutated } from './mutations.ts';

export interface Claims {
  readonly sub: string;
  /** the session that dies with logout; a service token has none */
  readonly sid?: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly token_type: TokenType;
  readonly env: string;
  readonly svc_id: string;
  readonly email: string;
  readonly permissions: readonly string[];
}

export type TokenRefusal =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'issued_in_future'
  | 'too_old'
  | 'type'
  | 'environment'
  | 'revoked'
  | 'claims';

export type Verified =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: TokenRefusal };

const FUTURE_TOLERANCE_S = 60;
/** Refresh tokens live for days by design and are single use; every other token is refused after a day. */
const MAX_AGE_S = 24 * 3600;

export interface TokenKeys {
  readonly secret: string;
  readonly environment: EnvironmentName;
  /** ms since the epoch */
  readonly now?: () => number;
}

export class Tokens {
  readonly #key: Uint8Array;
  readonly #environment: EnvironmentName;
  readonly #now: () => number;

  constructor({ secret, environment, now = Date.now }: TokenKeys) {
    this.#key = new TextEncoder().encode(secret);
    this.#environment = environment;
    this.#now = now;
  }

  /** @param lifetime seconds */
  async sign(
    token_type: TokenType,
    lifetime: number,
    subject: Pick<Claims, 'sub' | 'sid' | 'email' | 'permissions'>,
  ): Promise<{ readonly token: string; readonly jti: string }> {
    const jti = randomUUID();
    const issued = Math.floor(this.#now() / 1000);
    const claims = { ...subject, jti, token_type, env: this.#environment, svc_id: SERVICE_IDS.auth };
    const token = await new SignJWT({ ...claims, iat: issued, exp: issued + lifetime })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(TOKEN_AUDIENCES[token_type])
      .sign(this.#key);
    return { token, jti };
  }

  async verify(token: string, token_type: TokenType): Promise<Verified> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        issuer: TOKEN_ISSUER,
        audience: mutated('accept-any-audience')
          ? Object.values(TOKEN_AUDIENCES)
          : TOKEN_AUDIENCES[token_type],
        currentDate: mutated('ignore-expiry') ? new Date(0) : new Date(this.#now()),
      });
      return this.#checked(payload, token_type);
    } catch (error) {
      return { ok: false, reason: refusalOf(error) };
    }
  }

  #checked(payload: JWTPayload, token_type: TokenType): Verified {
    const claims = claimsOf(payload);
    if (claims === undefined) return { ok: false, reason: 'claims' };
    const age = Math.floor(this.#now() / 1000) - claims.iat;
    if (claims.token_type !== token_type && !mutated('ignore-token-type'))
      return { ok: false, reason: 'type' };
    if (claims.env !== this.#environment) return { ok: false, reason: 'environment' };
    if (age < -FUTURE_TOLERANCE_S && !mutated('accept-future-tokens'))
      return { ok: false, reason: 'issued_in_future' };
    if (age > MAX_AGE_S && token_type !== 'refresh' && !mutated('ignore-token-age'))
      return { ok: false, reason: 'too_old' };
    return { ok: true, claims };
  }
}

const isTokenType = (type: unknown): type is TokenType =>
  typeof type === 'string' && Object.hasOwn(TOKEN_AUDIENCES, type);

function claimsOf({
  sub,
  jti,
  iat,
  exp,
  sid,
  token_type,
  env,
  svc_id,
  email,
  permissions,
}: JWTPayload): Claims | undefined {
  if (
    typeof sub !== 'string' ||
    typeof jti !== 'string' ||
    typeof iat !== 'number' ||
    typeof exp !== 'number'
  )
    return undefined;
  if (typeof env !== 'string' || typeof svc_id !== 'string' || typeof email !== 'string') return undefined;
  if (!isTokenType(token_type)) return undefined;
  if (!Array.isArray(permissions) || !permissions.every((permission) => typeof permission === 'string'))
    return undefined;
  return {
    sub,
    jti,
    iat,
    exp,
    token_type,
    env,
    svc_id,
    email,
    permissions,
    ...(typeof sid === 'string' ? { sid } : {}),
  };
}

function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'aud' ? 'audience' : error.claim === 'iss' ? 'issuer' : 'claims';
  return 'malformed';
}
