/** Every reason to refuse a token, each with a token that is right but for that. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { decodeJwt, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { errorCode, refusalReason } from '../support/http.ts';
import { newUser, type User, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'Whoever can forge a token owns every account',
});
const now = (): number => Math.floor(Date.now() / 1000);

/** A token of this user's own session with some claims changed, signed as told. */
function forged(
  user: User,
  changes: JWTPayload,
  secret = endpoint('JWT_SECRET_KEY'),
  alg = 'HS256',
): Promise<string> {
  return new SignJWT({ ...decodeJwt(user.access), jti: randomUUID(), ...changes })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

async function refused(token: string, reason: string): Promise<void> {
  const answer = await validate(token);
  assert.deepEqual(
    { status: answer.status, code: errorCode(answer), reason: refusalReason(answer) },
    { status: 401, code: 'invalid_token', reason },
  );
}

test('an access token carries every claim of the contract', async (t) => {
  value(t, 'Services can trust what a token says');
  const user = await newUser();
  const { iat, exp, jti, ...claims } = decodeJwt(user.access);
  assert.equal((exp ?? 0) - (iat ?? 0), 5 * 60);
  assert.match(String(jti), /^[0-9a-f-]{36}$/);
  assert.deepEqual(claims, {
    sub: user.id,
    sid: user.sessionId,
    iss: 'netra-auth-service',
    aud: 'netra-platform',
    token_type: 'access',
    env: 'test',
    svc_id: 'netra-auth',
    email: user.email,
    permissions: ['chat'],
  });
});

test('a token that is re-signed with the right secret and nothing changed is accepted', async (t) => {
  value(t, 'The refusals below are refused for the reason they name');
  assert.equal((await validate(await forged(await newUser(), {}))).status, 200);
});

test('an expired token is refused, by one second', async (t) => {
  value(t, 'A stolen token is worth minutes');
  await refused(await forged(await newUser(), { iat: now() - 301, exp: now() - 1 }), 'expired');
});

test('a token from the future is refused beyond a minute of clock skew', async (t) => {
  value(t, 'Nobody mints tokens for later');
  const user = await newUser();
  await refused(await forged(user, { iat: now() + 90, exp: now() + 390 }), 'issued_in_future');
  assert.equal((await validate(await forged(user, { iat: now() + 30, exp: now() + 330 }))).status, 200);
});

test('a token older than a day is refused however long it says it lives', async (t) => {
  value(t, 'A forgotten long-lived token is no back door');
  await refused(await forged(await newUser(), { iat: now() - 86_410, exp: now() + 300 }), 'too_old');
});

test('another secret, another algorithm and no algorithm are refused', async (t) => {
  value(t, 'Only the auth service signs');
  const user = await newUser();
  await refused(await forged(user, {}, 'another secret of at least 32 characters'), 'signature');
  await refused(await forged(user, {}, endpoint('JWT_SECRET_KEY').padEnd(64, '.'), 'HS512'), 'algorithm');
  await refused(new UnsecuredJWT(decodeJwt(user.access)).encode(), 'algorithm');
  await refused('not.a.token', 'malformed');
});

test('another issuer, audience, type or environment is refused', async (t) => {
  value(t, 'A token opens the one door it was made for');
  const user = await newUser();
  await refused(await forged(user, { iss: 'someone-else' }), 'issuer');
  await refused(await forged(user, { aud: 'netra-services' }), 'audience');
  await refused(await forged(user, { token_type: 'refresh' }), 'type');
  await refused(await forged(user, { env: 'staging' }), 'environment');
  await refused(user.refresh, 'type');
});

test('a token of a session that never was is refused', async (t) => {
  value(t, 'A right signature alone is not a login');
  await refused(await forged(await newUser(), { sid: randomUUID() }), 'revoked');
});
