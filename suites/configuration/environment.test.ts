/** IsolatedEnvironment: several at once never mix, nothing touches the process, and every change can be traced. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  environmentName,
  IsolatedEnvironment,
  ProtectedVariable,
} from '../../platform/shared/environment.ts';
import { businessValue } from '../support/business-value.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'Settings that leak from one place to another are the outages nobody can explain',
});

test('three environments at once keep their own values, and the process keeps its own', (t) => {
  value(t, 'A test, a tool and a service can share a process');
  const before = { ...process.env };
  const names = ['development', 'staging', 'production'];
  const environments = names.map((name) =>
    IsolatedEnvironment.from({ ENVIRONMENT: name, ONLY: name }, 'file'),
  );
  environments[0]?.set('ONLY', 'changed', 'test');
  environments[1]?.delete('ONLY', 'test');
  assert.deepEqual(
    environments.map((environment) => [
      environment.get('ENVIRONMENT'),
      environment.get('ONLY'),
      environment.has('ONLY'),
    ]),
    [
      ['development', 'changed', true],
      ['staging', undefined, false],
      ['production', 'production', true],
    ],
  );
  assert.deepEqual({ ...process.env }, before);
});

test('what it was made from may change without it, and what it gives away too', (t) => {
  value(t, 'Nobody changes settings from a distance');
  const source: Record<string, string> = { A: '1' };
  const environment = IsolatedEnvironment.from(source, 'file');
  source.A = 'changed';
  const given = environment.subprocessEnvironment({ B: '2' });
  given.A = 'changed too';
  assert.deepEqual([environment.get('A'), environment.get('B')], ['1', undefined]);
  assert.deepEqual(given, { A: 'changed too', B: '2' });
});

test('every change is remembered with where it came from; secrets are masked', (t) => {
  value(t, 'Who changed it is a question with an answer');
  const environment = IsolatedEnvironment.from({ SERVICE_SECRET: 'topsecret', PORT: '80' }, 'process');
  environment.set('PORT', '81', 'command line');
  environment.delete('PORT', 'test');
  assert.equal(environment.source('SERVICE_SECRET'), 'process');
  assert.equal(environment.source('PORT'), undefined);
  assert.deepEqual(environment.history(), [
    { variable: 'SERVICE_SECRET', action: 'set', value: 'top***', source: 'process' },
    { variable: 'PORT', action: 'set', value: '80', source: 'process' },
    { variable: 'PORT', action: 'set', value: '81', source: 'command line' },
    { variable: 'PORT', action: 'deleted', source: 'test' },
  ]);
  assert.deepEqual(environment.history('SERVICE_SECRET').length, 1);
});

test('a protected variable keeps its value, and who tried is remembered', (t) => {
  value(t, 'The identity of a service cannot be overwritten by a library');
  const environment = IsolatedEnvironment.from({ SERVICE_ID: 'netra-backend', OTHER: 'a' }, 'process');
  environment.protect('SERVICE_ID');
  const refused = (error: unknown): boolean =>
    error instanceof ProtectedVariable &&
    error.variable === 'SERVICE_ID' &&
    error.attemptedBy === 'deploy script';
  assert.throws(() => environment.set('SERVICE_ID', 'netra-backend-1757251019', 'deploy script'), refused);
  assert.throws(() => environment.delete('SERVICE_ID', 'deploy script'), refused);
  environment.set('OTHER', 'b', 'deploy script');
  assert.deepEqual([environment.get('SERVICE_ID'), environment.get('OTHER')], ['netra-backend', 'b']);
  assert.deepEqual(
    environment.history('SERVICE_ID').map(({ action }) => action),
    ['set', 'refused', 'refused'],
  );
});

test('a prefix gives what belongs to it; reset gives nothing', (t) => {
  value(t, 'The front end gets its variables and no others');
  const environment = IsolatedEnvironment.from(
    { NEXT_PUBLIC_A: '1', NEXT_PUBLIC_B: '2', SECRET: '3' },
    'file',
  );
  assert.deepEqual(environment.withPrefix('NEXT_PUBLIC_'), { NEXT_PUBLIC_A: '1', NEXT_PUBLIC_B: '2' });
  environment.protect('SECRET');
  environment.reset();
  assert.deepEqual([environment.withPrefix(''), environment.history()], [{}, []]);
  environment.set('SECRET', 'free again', 'test');
  assert.equal(environment.get('SECRET'), 'free again');
});

test('environments are known by their names and their short names, and by no others', (t) => {
  value(t, 'One word decides which customers a command touches');
  const known = [
    'production',
    'prod',
    'staging',
    'development',
    'dev',
    'local',
    'test',
    'testing',
    ' Staging ',
  ];
  assert.deepEqual(known.map(environmentName), [
    'production',
    'production',
    'staging',
    'development',
    'development',
    'development',
    'test',
    'test',
    'staging',
  ]);
  assert.deepEqual(['', 'stage', 'live', undefined].map(environmentName), Array(4).fill(undefined));
});
