/** The outages that must stay impossible, each with the very value that caused it, given to the real service. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FRONTEND_VARIABLES } from '../../platform/shared/critical-values.ts';
import { IsolatedEnvironment } from '../../platform/shared/environment.ts';
import { checkEnvironment, checkSameSecret } from '../../platform/shared/rules.ts';
import { refuses, STAGING, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { get } from '../support/http.ts';
import { start, stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'An outage that comes back costs trust twice',
});
after(stopServices);

const FRONTEND = {
  [FRONTEND_VARIABLES.api]: 'https://api.staging.netrasystems.ai',
  [FRONTEND_VARIABLES.ws]: 'wss://api.staging.netrasystems.ai/ws',
  [FRONTEND_VARIABLES.auth]: 'https://auth.staging.netrasystems.ai',
  [FRONTEND_VARIABLES.environment]: 'staging',
};
const frontendFaults = (changes: Readonly<Record<string, string | undefined>>): readonly string[] =>
  checkEnvironment('frontend', IsolatedEnvironment.from({ ...FRONTEND, ...changes }, 'test')).map(
    ({ variable, rule }) => `${variable} ${rule}`,
  );

test('2025-09-02 discovery-localhost: discovery cannot be told to answer localhost in staging', async (t) => {
  value(t, 'The front end reaches its services');
  for (const [variable, url] of [
    [FRONTEND_VARIABLES.api, 'http://localhost:8000'],
    [FRONTEND_VARIABLES.auth, 'http://localhost:8081'],
    [FRONTEND_VARIABLES.ws, 'ws://localhost:8000/ws'],
  ] as const)
    await refuses('auth', { ...STAGING.auth, [variable]: url }, `${variable} no-localhost`);
});

test('2025-09-02 discovery-localhost: by itself discovery answers the hosts of its environment', async (t) => {
  value(t, 'The front end reaches its services');
  const outcome = await start('auth', STAGING.auth);
  assert.ok(outcome.kind === 'listening');
  const { body } = await get(`${outcome.service.url}/auth/config`);
  assert.deepEqual(
    [body.environment, body.api_url, body.ws_url, body.auth_url],
    [
      'staging',
      FRONTEND[FRONTEND_VARIABLES.api],
      FRONTEND[FRONTEND_VARIABLES.ws],
      FRONTEND[FRONTEND_VARIABLES.auth],
    ],
  );
});

test('2025-09-03 frontend-env-missing: each of the four is missed by name, with what it breaks', (t) => {
  value(t, 'Nobody deploys a page that cannot log in');
  assert.deepEqual(frontendFaults({}), []);
  const onlyApi = IsolatedEnvironment.from(
    { [FRONTEND_VARIABLES.api]: FRONTEND[FRONTEND_VARIABLES.api] },
    'test',
  );
  assert.deepEqual(
    checkEnvironment('frontend', onlyApi).map(({ variable, rule, impact }) => [variable, rule, impact]),
    [
      ['NEXT_PUBLIC_WS_URL', 'required', 'the front end gets no agent events'],
      ['NEXT_PUBLIC_AUTH_URL', 'required', 'nobody can log in'],
      ['NEXT_PUBLIC_ENVIRONMENT', 'required', 'the front end runs with the settings of another environment'],
    ],
  );
});

test('2025-09-05 service-secret-missing: neither service starts without it, in any environment', async (t) => {
  value(t, 'No deployment refuses every login');
  for (const service of ['auth', 'backend'] as const)
    for (const ENVIRONMENT of ['staging', 'test']) {
      const variables = { ...without(STAGING[service], 'SERVICE_SECRET'), ENVIRONMENT };
      const said = await refuses(service, variables, 'SERVICE_SECRET required');
      assert.ok(said.includes('every login is refused'));
    }
});

test('2025-09-07 service-id-timestamp: the backend starts with its stable id only', async (t) => {
  value(t, 'The outage of every sixty seconds cannot come back');
  for (const SERVICE_ID of [
    'netra-auth-staging-1757251019',
    'netra-backend-1757251019',
    'netra-auth-staging',
  ]) {
    const said = await refuses('backend', { ...STAGING.backend, SERVICE_ID }, 'SERVICE_ID stable-service-id');
    assert.ok(said.includes('use exactly netra-backend'));
  }
});

test('undated staging-subdomain: the bare domain, an old domain and plain http are refused, each for its reason', async (t) => {
  value(t, 'Staging tests staging');
  for (const url of [
    'https://staging.netrasystems.ai',
    'https://api.netra-staging.com',
    'https://api.netrasystems.ai',
  ])
    assert.deepEqual(frontendFaults({ [FRONTEND_VARIABLES.api]: url }), [
      `${FRONTEND_VARIABLES.api} public-host`,
    ]);
  assert.deepEqual(frontendFaults({ [FRONTEND_VARIABLES.ws]: 'ws://api.staging.netrasystems.ai/ws' }), [
    `${FRONTEND_VARIABLES.ws} tls`,
  ]);
  const AUTH_SERVICE_URL = 'https://staging.netrasystems.ai';
  const said = await refuses(
    'backend',
    { ...STAGING.backend, AUTH_SERVICE_URL },
    'AUTH_SERVICE_URL public-host',
  );
  assert.ok(said.includes('use https://auth.staging.netrasystems.ai'));
});

test('localhost is refused in production and staging, and right in development', (t) => {
  value(t, 'A developer’s settings never reach customers');
  const local = {
    [FRONTEND_VARIABLES.api]: 'http://localhost:8000',
    [FRONTEND_VARIABLES.ws]: 'ws://localhost:8000/ws',
    [FRONTEND_VARIABLES.auth]: 'http://localhost:8081',
  };
  const refused = Object.keys(local).map((variable) => `${variable} no-localhost`);
  for (const environment of ['staging', 'production', 'prod'])
    assert.deepEqual(frontendFaults({ ...local, [FRONTEND_VARIABLES.environment]: environment }), refused);
  assert.deepEqual(frontendFaults({ ...local, [FRONTEND_VARIABLES.environment]: 'development' }), []);
});

test('two services with different JWT secrets are found, without showing either', (t) => {
  value(t, 'No deployment logs everyone out');
  const auth = IsolatedEnvironment.from(STAGING.auth, 'auth');
  const other = 'b'.repeat(64);
  const backend = IsolatedEnvironment.from({ ...STAGING.backend, JWT_SECRET_KEY: other }, 'backend');
  assert.deepEqual(checkSameSecret(auth, IsolatedEnvironment.from(STAGING.backend, 'backend')), []);
  const [violation] = checkSameSecret(auth, backend);
  assert.deepEqual(
    [violation?.variable, violation?.rule, violation?.value],
    ['JWT_SECRET_KEY', 'same-secret', 'bbb***'],
  );
});
