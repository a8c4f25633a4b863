/** Which services may ask about tokens. Each wrong pair has a status and a code of its own; none is a 200. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { endpoint } from '../support/endpoints.ts';
import { errorCode, post } from '../support/http.ts';
import { newUser, serviceHeaders, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Service credentials once locked every user out for hours',
});

/** The status and code that these headers get, with a token that is good. */
async function refusal(
  headers: Record<string, string>,
): Promise<{ status: number; code: string; valid: unknown }> {
  const answer = await validate((await newUser()).access, headers);
  return { status: answer.status, code: errorCode(answer), valid: answer.body.valid };
}
const secret = (): string => endpoint('SERVICE_SECRET');

test('the right id and secret are told whose token it is', async (t) => {
  value(t, 'Users get in');
  const user = await newUser();
  const { status, body } = await validate(user.access);
  assert.equal(status, 200);
  const { expires_at, ...rest } = body;
  assert.equal(typeof expires_at, 'number');
  assert.deepEqual(rest, {
    valid: true,
    user_id: user.id,
    session_id: user.sessionId,
    email: user.email,
    permissions: ['chat'],
    token_type: 'access',
  });
});

test('a missing header is 401 with the code of what is missing', async (t) => {
  value(t, 'A bad deployment is found by its first request');
  assert.deepEqual(await refusal({ 'x-service-secret': secret() }), {
    status: 401,
    code: 'invalid_service_id',
    valid: undefined,
  });
  assert.deepEqual(await refusal({ 'x-service-id': 'netra-backend' }), {
    status: 401,
    code: 'invalid_service_secret',
    valid: undefined,
  });
});

test('an empty secret is a wrong secret', async (t) => {
  value(t, 'An unset variable opens nothing');
  assert.deepEqual(await refusal({ 'x-service-id': 'netra-backend', 'x-service-secret': '' }), {
    status: 403,
    code: 'invalid_service_secret',
    valid: undefined,
  });
});

test('a wrong secret, even one that begins right, is 403', async (t) => {
  value(t, 'Guessing opens nothing');
  for (const wrong of ['wrong', secret().slice(0, -1), `${secret()}x`])
    assert.deepEqual(await refusal({ 'x-service-id': 'netra-backend', 'x-service-secret': wrong }), {
      status: 403,
      code: 'invalid_service_secret',
      valid: undefined,
    });
});

test('refuses a service id with a timestamp', async (t) => {
  value(t, 'The outage of every sixty seconds cannot come back');
  for (const id of ['netra-auth-staging-1757251019', 'netra-backend-1757251019', 'Netra-Backend', 'netra'])
    assert.deepEqual(await refusal({ 'x-service-id': id, 'x-service-secret': secret() }), {
      status: 403,
      code: 'invalid_service_id',
      valid: undefined,
    });
});

test('a known service without credentials is told so', async (t) => {
  value(t, 'A missing set-up is not mistaken for an attack');
  assert.deepEqual(await refusal({ 'x-service-id': 'netra-auth', 'x-service-secret': secret() }), {
    status: 403,
    code: 'service_not_configured',
    valid: undefined,
  });
});

test('wrong requests of the right service have codes of their own', async (t) => {
  value(t, 'A caller learns what it did wrong');
  const url = `${endpoint('AUTH_URL')}/auth/validate`;
  const asked = async (body: unknown): Promise<readonly [number, string]> => {
    const answer = await post(url, body, serviceHeaders());
    return [answer.status, errorCode(answer)];
  };
  assert.deepEqual(await asked('{'), [400, 'invalid_request']);
  assert.deepEqual(await asked([]), [400, 'invalid_request']);
  assert.deepEqual(await asked({}), [401, 'missing_token']);
  assert.deepEqual(await asked({ token: 'x', token_type: 'other' }), [422, 'validation_error']);
  assert.deepEqual(await asked({ token: 'x', token_type: 'access' }), [401, 'invalid_token']);
});

test('a service token is given for the right pair only, and is no access token', async (t) => {
  value(t, 'Services and users are never confused');
  const url = `${endpoint('AUTH_URL')}/auth/service-token`;
  assert.equal((await post(url, {})).status, 422);
  for (const [service_id, service_secret] of [
    ['netra-backend', ''],
    ['netra-backend', 'wrong'],
    ['netra-backend-1757251019', secret()],
  ])
    assert.equal((await post(url, { service_id, service_secret })).status, 401);
  const granted = await post(url, { service_id: 'netra-backend', service_secret: secret() });
  assert.equal(granted.status, 200);
  const token = String(granted.body.access_token);
  const asService = { token, token_type: 'service' };
  assert.equal(
    (await post(`${endpoint('AUTH_URL')}/auth/validate`, asService, serviceHeaders())).status,
    200,
  );
  assert.equal(errorCode(await validate(token)), 'invalid_token');
});
