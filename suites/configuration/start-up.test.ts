/** Real services, started in good and bad environments: the good ones listen, the bad ones end and say why. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refuses, STAGING, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { get } from '../support/http.ts';
import { type Started, start, stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Most outages were a variable: a bad one must stop the deployment, not the customers',
});
after(stopServices);

async function listening(
  service: 'auth' | 'backend',
  variables: Readonly<Record<string, string>>,
): Promise<Started> {
  const outcome = await start(service, variables);
  assert.equal(outcome.kind, 'listening', outcome.kind === 'refused' ? outcome.stderr : '');
  assert.ok(outcome.kind === 'listening');
  return outcome.service;
}

test('in a right environment both services listen, and end with 0 when told to', async (t) => {
  value(t, 'The refusals below refuse for their reason');
  for (const service of ['auth', 'backend'] as const) {
    const started = await listening(service, STAGING[service]);
    const { status, body } = await get(`${started.url}/health`);
    assert.deepEqual([status, body.status, body.service], [200, 'healthy', service]);
    assert.equal(await started.stop(), 0);
  }
});

test('a service without its database and cache lives, and says that it is not ready and why', async (t) => {
  value(t, 'No traffic goes to a service that cannot serve it');
  const nowhere = { DATABASE_URL: 'postgres://netra@127.0.0.1:1/netra', REDIS_URL: 'redis://127.0.0.1:1' };
  const started = await listening('auth', { ...STAGING.auth, ENVIRONMENT: 'test', ...nowhere });
  assert.equal((await get(`${started.url}/health`)).status, 200);
  const { status, body } = await get(`${started.url}/health/ready`);
  assert.deepEqual([status, body.status], [503, 'not_ready']);
  const checks = Object.entries(Object(body.checks));
  assert.deepEqual(
    checks.map(([name, result]) => [name, result === 'ok']),
    [
      ['postgres', false],
      ['redis', false],
    ],
  );
});

test('each variable that auth needs is missed by name', async (t) => {
  value(t, 'Whoever deploys learns in one second what to add');
  const variables = ['ENVIRONMENT', 'SERVICE_SECRET', 'DATABASE_URL', 'JWT_SECRET_KEY', 'REDIS_URL'];
  await Promise.all(
    variables.map((variable) => refuses('auth', without(STAGING.auth, variable), `${variable} required`)),
  );
});

test('each variable that the backend needs is missed by name', async (t) => {
  value(t, 'Whoever deploys learns in one second what to add');
  const variables = Object.keys(STAGING.backend);
  await Promise.all(
    variables.map((variable) =>
      refuses('backend', without(STAGING.backend, variable), `${variable} required`),
    ),
  );
});

test('a blank value is a missing value', async (t) => {
  value(t, 'An empty secret in a deploy script is found');
  await refuses('auth', { ...STAGING.auth, JWT_SECRET_KEY: '   ' }, 'JWT_SECRET_KEY required');
  await refuses('backend', { ...STAGING.backend, SERVICE_ID: '' }, 'SERVICE_ID required');
});

test('every fault is told at once', async (t) => {
  value(t, 'One deployment finds all mistakes, not one a try');
  await refuses(
    'backend',
    {
      ...without(STAGING.backend, 'SERVICE_SECRET'),
      SERVICE_ID: 'backend',
      DATABASE_URL: 'mysql://db/x',
      WS_IDLE_MS: 'soon',
    },
    'SERVICE_SECRET required',
    'SERVICE_ID stable-service-id',
    'DATABASE_URL valid-url',
    'WS_IDLE_MS positive-number',
  );
});

test('a secret that is too short is refused, and shown as three characters and ***', async (t) => {
  value(t, 'Errors leak no secrets into logs');
  const secret = 'qwz-31-characters-are-too-short';
  const said = await refuses(
    'auth',
    { ...STAGING.auth, JWT_SECRET_KEY: secret },
    'JWT_SECRET_KEY minimum-length',
  );
  assert.ok(said.includes('"qwz***"'));
  assert.equal(said.includes(secret.slice(0, 4)), false);
});

test('a password inside an address is never shown, the host always', async (t) => {
  value(t, 'The wrong host can be seen, the password not');
  const DATABASE_URL = 'postgres://netra:canary-password@localhost:5432/netra';
  const said = await refuses('auth', { ...STAGING.auth, DATABASE_URL }, 'DATABASE_URL no-localhost');
  assert.ok(said.includes('postgres://netra:***@localhost:5432/netra'));
  assert.equal(said.includes('canary'), false);
});

test('an environment that nobody knows is refused; its other names are known', async (t) => {
  value(t, 'A typing error never runs with the wrong limits');
  await refuses('auth', { ...STAGING.auth, ENVIRONMENT: 'stagging' }, 'ENVIRONMENT known-environment');
  for (const [word, name] of [
    ['dev', 'development'],
    ['local', 'development'],
    ['testing', 'test'],
  ] as const) {
    const started = await listening('auth', { ...STAGING.auth, ENVIRONMENT: word });
    assert.equal((await get(`${started.url}/auth/config`)).body.environment, name);
    assert.equal(await started.stop(), 0);
  }
});
