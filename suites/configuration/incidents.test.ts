/** The outages that must stay impossible, each with the very value that caused it, given to the real thing. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { ContextRefused, createContext } from '../../platform/backend/agents/context.ts';
import { AgentInstanceFactory, FactoryRefused } from '../../platform/backend/agents/instance-factory.ts';
import { checkedPipeline, PipelineRefused } from '../../platform/backend/agents/pipeline.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { PUBLIC_HOSTS } from '../../platform/shared/critical-values.ts';
import { type EventOrigin, RunEvents } from '../../platform/shared/events.ts';
import { listening, refuses, STAGING, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { get } from '../support/http.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'all',
  goal: 'stability',
  strategicImpact: 'An outage that comes back costs trust twice',
});
after(stopServices);

const LOCAL = {
  NEXT_PUBLIC_API_URL: 'http://localhost:8000',
  NEXT_PUBLIC_AUTH_URL: 'http://localhost:8081',
  NEXT_PUBLIC_WS_URL: 'ws://localhost:8000/ws',
} as const;

test('2025-09-02 discovery-localhost: discovery cannot be told to answer localhost in staging', async (t) => {
  value(t, 'The front end reaches its services');
  for (const [variable, url] of Object.entries(LOCAL))
    await refuses('auth', { ...STAGING.auth, [variable]: url }, `${variable} no-localhost`);
});

test('2025-09-02 discovery-localhost: by itself discovery answers the hosts of its environment', async (t) => {
  value(t, 'The front end reaches its services');
  const { url } = await listening('auth', STAGING.auth);
  const { body } = await get(`${url}/auth/config`);
  const { NEXT_PUBLIC_API_URL, NEXT_PUBLIC_WS_URL, NEXT_PUBLIC_AUTH_URL } = STAGING.frontend;
  assert.deepEqual(
    [body.environment, body.api_url, body.ws_url, body.auth_url],
    ['staging', NEXT_PUBLIC_API_URL, NEXT_PUBLIC_WS_URL, NEXT_PUBLIC_AUTH_URL],
  );
});

test('2025-09-02 discovery-localhost: the front end does not start with localhost in staging or production', async (t) => {
  value(t, 'A developer’s settings never reach customers');
  const refused = ['NEXT_PUBLIC_API_URL', 'NEXT_PUBLIC_WS_URL', 'NEXT_PUBLIC_AUTH_URL'];
  for (const NEXT_PUBLIC_ENVIRONMENT of ['staging', 'production', 'prod'])
    await refuses(
      'frontend',
      { ...LOCAL, NEXT_PUBLIC_ENVIRONMENT },
      ...refused.map((variable) => `${variable} no-localhost`),
    );
  const { url } = await listening('frontend', { ...LOCAL, NEXT_PUBLIC_ENVIRONMENT: 'development' });
  assert.equal((await get(`${url}/config.json`)).body.api, LOCAL.NEXT_PUBLIC_API_URL);
});

test('2025-09-03 frontend-env-missing: with only the API’s address the front end names the other three and what they break', async (t) => {
  value(t, 'Nobody deploys a page that cannot log in');
  const { NEXT_PUBLIC_API_URL } = STAGING.frontend;
  const said = await refuses(
    'frontend',
    { NEXT_PUBLIC_API_URL },
    'NEXT_PUBLIC_WS_URL required',
    'NEXT_PUBLIC_AUTH_URL required',
    'NEXT_PUBLIC_ENVIRONMENT required',
  );
  for (const impact of [
    'the front end gets no agent events',
    'nobody can log in',
    'the front end runs with the settings of another environment',
  ])
    assert.ok(said.includes(`Impact: ${impact}.`), impact);
});

test('2025-09-03 run-id-missing: a sub-agent’s context without run_id is refused', (t) => {
  value(t, 'No sub-agent works where nobody can hear it');
  const ids = { user_id: randomUUID(), thread_id: randomUUID(), session_id: randomUUID() };
  // As a caller outside TypeScript would: the incident was a field that was not there.
  const refused = () => createContext(ids as Parameters<typeof createContext>[0]);
  assert.throws(
    refused,
    (error) => error instanceof ContextRefused && error.field === 'run_id' && error.reason === 'empty',
  );
});

test('2025-09-03 run-id-missing: an event that comes without run_id all the same is counted and kept for nobody', (t) => {
  value(t, 'A lost event is found in a number, not in a frozen chat');
  const [delivery, user_id] = [new EventDelivery(), randomUUID()];
  const origin = { user_id, thread_id: randomUUID() } as EventOrigin; // as above
  const events = new RunEvents(origin, 'data', delivery);
  events.emit('agent_started', { status: 'started', message: 'silent' });
  events.emit('agent_thinking', { thought: 'silent', step: 1 });
  assert.equal(delivery.counts().refused, 2);
  assert.deepEqual(delivery.takeKept(user_id), []);
});

test('2025-09-04 bridge-null: the instance factory takes no null for its bridge, and makes nothing without one', (t) => {
  value(t, 'No agent works in silence');
  const factory = new AgentInstanceFactory(new Map());
  const refused = (error: unknown): boolean =>
    error instanceof FactoryRefused && error.problem === 'no_event_bridge';
  const ids = {
    user_id: randomUUID(),
    thread_id: randomUUID(),
    run_id: randomUUID(),
    session_id: randomUUID(),
  };
  assert.throws(() => factory.connect(null), refused);
  assert.throws(() => factory.create(createContext(ids), 'triage'), refused);
});

test('2025-09-05 service-secret-missing: neither service starts without it, in any environment', async (t) => {
  value(t, 'No deployment refuses every login');
  for (const service of ['auth', 'backend'] as const)
    for (const ENVIRONMENT of ['production', 'staging', 'test'] as const) {
      const AUTH_SERVICE_URL = PUBLIC_HOSTS[ENVIRONMENT].auth;
      const variables = { ...without(STAGING[service], 'SERVICE_SECRET'), ENVIRONMENT, AUTH_SERVICE_URL };
      const said = await refuses(service, variables, 'SERVICE_SECRET required');
      assert.ok(said.includes('every login is refused'));
    }
});

test('2025-09-05 agent-order: optimization, data, triage is refused, by its name; the right order is not', (t) => {
  value(t, 'No customer is advised on nothing');
  const wrong = ['optimization', 'data', 'triage'];
  assert.throws(
    () => checkedPipeline(wrong),
    (error) => error instanceof PipelineRefused && error.problem === 'wrong_order' && error.stages === wrong,
  );
  assert.deepEqual(checkedPipeline(wrong.toReversed()), ['triage', 'data', 'optimization']);
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

test('undated staging-subdomain: the bare domain is no API, no event address and no login', async (t) => {
  value(t, 'Staging tests staging');
  const bare = 'https://staging.netrasystems.ai';
  const fault = 'NEXT_PUBLIC_API_URL public-host';
  const said = await refuses('frontend', { ...STAGING.frontend, NEXT_PUBLIC_API_URL: bare }, fault);
  assert.ok(said.includes('Remedy: use https://api.staging.netrasystems.ai.'));
  await refuses(
    'frontend',
    {
      ...STAGING.frontend,
      NEXT_PUBLIC_WS_URL: 'wss://staging.netrasystems.ai/ws',
      NEXT_PUBLIC_AUTH_URL: bare,
    },
    'NEXT_PUBLIC_WS_URL public-host',
    'NEXT_PUBLIC_AUTH_URL public-host',
  );
});

test('undated staging-subdomain: the backend does not look for the auth service at the bare domain', async (t) => {
  value(t, 'Staging tests staging');
  const AUTH_SERVICE_URL = 'https://staging.netrasystems.ai';
  const fault = 'AUTH_SERVICE_URL public-host';
  const said = await refuses('backend', { ...STAGING.backend, AUTH_SERVICE_URL }, fault);
  assert.ok(said.includes('use https://auth.staging.netrasystems.ai'));
});
