/** Addresses: every name of this machine and every wrong host, given to the real services of each environment. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PUBLIC_HOSTS } from '../../platform/shared/critical-values.ts';
import { listening, refuses, STAGING, type Variables } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { get } from '../support/http.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'One wrong host sends customers nowhere, or to the wrong data',
});
after(stopServices);

const frontendAt = (environment: keyof typeof PUBLIC_HOSTS): Variables => ({
  NEXT_PUBLIC_API_URL: PUBLIC_HOSTS[environment].api,
  NEXT_PUBLIC_WS_URL: PUBLIC_HOSTS[environment].ws,
  NEXT_PUBLIC_AUTH_URL: PUBLIC_HOSTS[environment].auth,
  NEXT_PUBLIC_ENVIRONMENT: environment,
});

test('this machine is refused in staging under every name that it has', async (t) => {
  value(t, 'A developer’s habit is found, however it is spelled');
  const names = [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'api.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '[::1]',
    '0.0.0.0',
  ];
  for (const name of names)
    await refuses(
      'frontend',
      { ...STAGING.frontend, NEXT_PUBLIC_API_URL: `https://${name}:8000` },
      'NEXT_PUBLIC_API_URL no-localhost',
    );
});

test('the services’ own database, cache, model and auth service are not on this machine either', async (t) => {
  value(t, 'A deployed service never talks to an empty machine');
  for (const [variable, url] of [
    ['DATABASE_URL', 'postgres://netra@localhost/netra'],
    ['REDIS_URL', 'redis://127.0.0.1:6379'],
    ['LLM_URL', 'http://[::1]:9000'],
    ['AUTH_SERVICE_URL', 'http://localhost:8081'],
  ] as const)
    await refuses('backend', { ...STAGING.backend, [variable]: url }, `${variable} no-localhost`);
});

test('hosts of another environment, of another company, or with one letter more are refused', async (t) => {
  value(t, 'Staging never shows customers’ data, nor customers staging’s');
  for (const url of [
    'https://api.netrasystems.ai',
    'https://api.netra-staging.com',
    'https://api.staging.netrasystems.ai.example.com',
    'https://xapi.staging.netrasystems.ai',
    'https://app.staging.netrasystems.ai',
    'https://api.staging.netrasystems.ai:8443',
  ])
    await refuses(
      'frontend',
      { ...STAGING.frontend, NEXT_PUBLIC_API_URL: url },
      'NEXT_PUBLIC_API_URL public-host',
    );
  await refuses(
    'frontend',
    { ...frontendAt('production'), NEXT_PUBLIC_API_URL: PUBLIC_HOSTS.staging.api },
    'NEXT_PUBLIC_API_URL public-host',
  );
});

test('without TLS no public address is right', async (t) => {
  value(t, 'No password and no answer crosses the internet in the clear');
  await refuses(
    'frontend',
    {
      NEXT_PUBLIC_API_URL: 'http://api.staging.netrasystems.ai',
      NEXT_PUBLIC_WS_URL: 'ws://api.staging.netrasystems.ai/ws',
      NEXT_PUBLIC_AUTH_URL: 'http://auth.staging.netrasystems.ai',
      NEXT_PUBLIC_ENVIRONMENT: 'staging',
    },
    'NEXT_PUBLIC_API_URL tls',
    'NEXT_PUBLIC_WS_URL tls',
    'NEXT_PUBLIC_AUTH_URL tls',
  );
});

test('what is no address of its kind is refused', async (t) => {
  value(t, 'A typing error is found before customers find it');
  await refuses(
    'backend',
    {
      ...STAGING.backend,
      DATABASE_URL: 'mysql://db/x',
      REDIS_URL: 'redis',
      AUTH_SERVICE_URL: 'ws://auth',
      LLM_URL: '://',
    },
    'DATABASE_URL valid-url',
    'REDIS_URL valid-url',
    'AUTH_SERVICE_URL valid-url',
    'LLM_URL valid-url',
  );
  const NEXT_PUBLIC_WS_URL = STAGING.frontend.NEXT_PUBLIC_API_URL;
  await refuses('frontend', { ...STAGING.frontend, NEXT_PUBLIC_WS_URL }, 'NEXT_PUBLIC_WS_URL valid-url');
});

test('with the addresses of its own environment the front end starts in each, and tells browsers just these', async (t) => {
  value(t, 'The refusals above refuse for their reason');
  for (const environment of ['production', 'staging', 'development', 'test'] as const) {
    const started = await listening('frontend', frontendAt(environment));
    const { api, ws, auth } = PUBLIC_HOSTS[environment];
    assert.deepEqual((await get(`${started.url}/config.json`)).body, { api, ws, auth, environment });
    assert.equal(await started.stop(), 0);
  }
});

test('an environment that the front end does not know is refused by its own variable', async (t) => {
  value(t, 'A typing error never runs with the wrong limits');
  await refuses(
    'frontend',
    { ...STAGING.frontend, NEXT_PUBLIC_ENVIRONMENT: 'stage' },
    'NEXT_PUBLIC_ENVIRONMENT known-environment',
  );
});
