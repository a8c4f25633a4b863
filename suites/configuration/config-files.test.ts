/** Files of variables: a help on a developer's machine, never the last word, and off where customers are. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { IsolatedEnvironment } from '../../platform/shared/environment.ts';
import { listening, refuses, STAGING, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { removeFiles, variablesFile } from '../support/files.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'A file that somebody left in an image must not decide where customers’ data goes',
});
after(async () => {
  await stopServices();
  await removeFiles();
});

test('a file adds what is not set, never changes what is, and is remembered as the source', async (t) => {
  value(t, 'What was deployed is what runs');
  const file = await variablesFile({ A: 'from file', B: 'from file', SERVICE_SECRET: 'secret of the file' });
  const environment = IsolatedEnvironment.from({ A: 'given', ENVIRONMENT: 'development' }, 'process');
  assert.deepEqual(environment.loadFile(file), {
    kind: 'loaded',
    added: ['B', 'SERVICE_SECRET'],
    kept: ['A'],
  });
  assert.deepEqual([environment.get('A'), environment.source('A')], ['given', 'process']);
  assert.deepEqual([environment.get('B'), environment.source('B')], ['from file', file]);
  assert.deepEqual(environment.history('SERVICE_SECRET'), [
    { variable: 'SERVICE_SECRET', action: 'set', value: 'sec***', source: file },
  ]);
});

test('an empty value that was given is given: the file does not fill it', async (t) => {
  value(t, 'A variable that was emptied on purpose stays empty');
  const environment = IsolatedEnvironment.from({ A: '' }, 'process');
  const load = environment.loadFile(await variablesFile({ A: 'from file' }));
  assert.deepEqual([load.kind, environment.get('A')], ['loaded', '']);
});

test('in staging and production, by any of their names, a file is not read', async (t) => {
  value(t, 'Deployed services run with what they were deployed with');
  const file = await variablesFile({ A: 'from file' });
  for (const [word, environment] of [
    ['staging', 'staging'],
    ['production', 'production'],
    ['prod', 'production'],
  ] as const) {
    const deployed = IsolatedEnvironment.from({ ENVIRONMENT: word }, 'process');
    assert.deepEqual(deployed.loadFile(file), { kind: 'off', environment });
    assert.equal(deployed.has('A'), false);
  }
});

test('a file cannot say that it is allowed, nor hide that it is for staging', async (t) => {
  value(t, 'The rule is not in the hands of what it rules');
  const unnamed = new IsolatedEnvironment();
  const file = await variablesFile({ ENVIRONMENT: 'staging', ENABLE_LOCAL_CONFIG_FILES: 'true' });
  assert.deepEqual(unnamed.loadFile(file), { kind: 'off', environment: 'staging' });
  assert.deepEqual(unnamed.withPrefix(''), {});
});

test('where the environment itself allows it a file is read in staging', async (t) => {
  value(t, 'A rehearsal on one’s own machine is possible, on purpose');
  const allowed = { ENVIRONMENT: 'staging', ENABLE_LOCAL_CONFIG_FILES: 'true' };
  const environment = IsolatedEnvironment.from(allowed, 'process');
  assert.equal(environment.loadFile(await variablesFile({ A: 'from file' })).kind, 'loaded');
  assert.equal(environment.get('A'), 'from file');
});

test('several environments with files of their own do not mix, and the process is not touched', async (t) => {
  value(t, 'A test, a tool and a service can share a process');
  const before = { ...process.env };
  const names = ['one', 'two', 'three'];
  const environments = await Promise.all(
    names.map(async (name) => {
      const environment = new IsolatedEnvironment();
      environment.loadFile(await variablesFile({ ONLY: name, [name]: 'mine' }));
      return environment;
    }),
  );
  assert.deepEqual(
    environments.map((environment) => environment.withPrefix('')),
    names.map((name) => ({ ONLY: name, [name]: 'mine' })),
  );
  assert.deepEqual({ ...process.env }, before);
});

test('a file that is not there is told, not passed over', (t) => {
  value(t, 'A wrong path is found at once');
  const load = new IsolatedEnvironment().loadFile('/nowhere/service.env');
  assert.ok(load.kind === 'unreadable');
  assert.match(load.reason, /ENOENT/);
});

/** The staging environment as a developer has it: named development, its secret in a file. */
const DEVELOPMENT = { ...without(STAGING.auth, 'SERVICE_SECRET'), ENVIRONMENT: 'development' };

test('a service in development takes from its file what it was not given', async (t) => {
  value(t, 'A new developer starts with one file');
  const CONFIG_FILE = await variablesFile({ SERVICE_SECRET: 'a secret in a file', JWT_SECRET_KEY: 'short' });
  const started = await listening('auth', { ...DEVELOPMENT, CONFIG_FILE });
  assert.equal(await started.stop(), 0);
});

test('a service in staging does not, says so, and refuses for what is missing', async (t) => {
  value(t, 'A forgotten file cannot hide a forgotten secret');
  const CONFIG_FILE = await variablesFile({ SERVICE_SECRET: 'f'.repeat(40) });
  const staging = { ...without(STAGING.auth, 'SERVICE_SECRET'), CONFIG_FILE };
  await refuses('auth', staging, 'SERVICE_SECRET required');
  const started = await listening('auth', { ...staging, ENABLE_LOCAL_CONFIG_FILES: 'true' });
  assert.equal(await started.stop(), 0);
  const told = await listening('auth', { ...STAGING.auth, CONFIG_FILE });
  assert.ok(told.said().includes('CONFIG_FILE is not read in staging'));
});

test('a bad value that was given is not healed by a file', async (t) => {
  value(t, 'What is refused is what runs');
  const CONFIG_FILE = await variablesFile({ SERVICE_ID: 'netra-backend' });
  const given = { ...STAGING.backend, ENABLE_LOCAL_CONFIG_FILES: 'true', SERVICE_ID: 'netra-backend-2' };
  await refuses('backend', { ...given, CONFIG_FILE }, 'SERVICE_ID stable-service-id');
});

test('a service whose file cannot be read refuses, and names it', async (t) => {
  value(t, 'A wrong path is found at once');
  const CONFIG_FILE = '/nowhere/service.env';
  const said = await refuses('auth', { ...DEVELOPMENT, CONFIG_FILE }, 'CONFIG_FILE readable-file');
  assert.ok(said.includes('"/nowhere/service.env"'));
});
