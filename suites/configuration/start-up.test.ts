/** Real services, started in good and bad environments: the good ones listen, the bad ones end and say why. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SOCKET_LIMITS } from '../../platform/shared/critical-values.ts';
import { listening, refuses, STAGING, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { get } from '../support/http.ts';
import { start, startBare, stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Most outages were a variable: a bad one must stop the deployment, not the customers',
});
after(stopServices);

test('in a right environment every service listens, and ends with 0 when told to', async (t) => {
  value(t, 'The refusals below refuse for their reason');
  for (const service of ['auth', 'backend', 'frontend'] as const) {
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
  // Its one fault is the port: it would have started.
  for (const ENVIRONMENT of ['dev', 'testing', 'prod'])
    await refuses('auth', { ...STAGING.auth, ENVIRONMENT, PORT: 'none' }, 'PORT valid-port');
  const started = await listening('auth', { ...STAGING.auth, ENVIRONMENT: 'local' });
  assert.equal((await get(`${started.url}/auth/config`)).body.environment, 'development');
  assert.equal(await started.stop(), 0);
});

test('a secret of 32 characters is long enough in staging and production, one of 31 is not; hex is as good', async (t) => {
  value(t, 'Generated secrets work, typed ones do not');
  for (const ENVIRONMENT of ['staging', 'production']) {
    const with32 = { ...STAGING.auth, ENVIRONMENT, SERVICE_SECRET: '0123456789abcdef'.repeat(2) };
    await refuses('auth', { ...with32, PORT: 'none' }, 'PORT valid-port'); // the port is its one fault
    await refuses(
      'auth',
      { ...with32, SERVICE_SECRET: 'x'.repeat(31), JWT_SECRET_KEY: 'y'.repeat(31) },
      'SERVICE_SECRET minimum-length',
      'JWT_SECRET_KEY minimum-length',
    );
  }
});

test('a port that is none is refused in words', async (t) => {
  value(t, 'A typing error is a sentence, not a stack');
  for (const PORT of ['http', '70000', '-1', '80.5'])
    await refuses('auth', { ...STAGING.auth, PORT }, 'PORT valid-port');
});

test('a port that is taken ends the service with 1, and says so', async (t) => {
  value(t, 'Two services never fight in silence');
  const first = await listening('auth', STAGING.auth);
  const outcome = await start('auth', { ...STAGING.auth, PORT: new URL(first.url).port });
  assert.ok(outcome.kind === 'refused');
  assert.equal(outcome.exitCode, 1);
  assert.match(outcome.stderr, /^auth cannot listen: listen EADDRINUSE/);
  assert.equal((await get(`${first.url}/health`)).status, 200);
});

test('every limit of the sockets must be a whole number above zero', async (t) => {
  value(t, 'A limit that was mistyped is never no limit');
  const limits = Object.values(SOCKET_LIMITS).map(({ variable }) => variable);
  for (const bad of ['0', '-5', '1.5', 'many'])
    await refuses(
      'backend',
      { ...STAGING.backend, ...Object.fromEntries(limits.map((variable) => [variable, bad])) },
      ...limits.map((variable) => `${variable} positive-number`),
    );
});

test('a mutation outside a test is refused, in whatever environment', async (t) => {
  value(t, 'No fault of the test kit can be switched on in production');
  for (const ENVIRONMENT of ['staging', 'production', 'development']) {
    const outcome = await startBare('auth', {
      ...STAGING.auth,
      ENVIRONMENT,
      NETRA_MUTATION: 'ignore-expiry',
    });
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.exitCode, 78);
    assert.match(outcome.stderr, /NETRA_MUTATION=ignore-expiry is set, but neither/);
  }
});
