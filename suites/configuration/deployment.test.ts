/** The check of a whole deployment, before it is one: `check auth=… backend=… frontend=…`, as a process of its own. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { STAGING, type Variables, without } from '../support/bad-environment.ts';
import { businessValue } from '../support/business-value.ts';
import { removeFiles, variablesFile } from '../support/files.ts';
import { type Finished, runToEnd } from '../support/service.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact:
    'Services that are right one by one can be wrong together; that is found before customers find it',
});
after(removeFiles);

/** Checks these environments, each from its own file. */
async function check(deployment: Readonly<Record<string, Variables>>): Promise<Finished> {
  const words = Object.entries(deployment).map(
    async ([service, variables]) => `${service}=${await variablesFile(variables)}`,
  );
  return runToEnd('check', await Promise.all(words));
}
const SECRET = 'b'.repeat(64);

test('a right deployment passes', async (t) => {
  value(t, 'The refusals below refuse for their reason');
  assert.deepEqual(await check(STAGING), { code: 0, stdout: '3 services may be deployed\n', stderr: '' });
});

test('two services with different JWT secrets are refused, without showing either', async (t) => {
  value(t, 'No deployment logs everyone out');
  const { code, stdout, stderr } = await check({
    ...STAGING,
    backend: { ...STAGING.backend, JWT_SECRET_KEY: SECRET },
  });
  assert.deepEqual([code, stdout], [78, '']);
  assert.equal(
    stderr,
    'backend: JWT_SECRET_KEY is "bbb***" (rule: same-secret). Impact: every token that one service signs is refused ' +
      'by the other. Remedy: give both services the same JWT_SECRET_KEY.\n',
  );
});

test('the faults of all services are told at once, each with its service', async (t) => {
  value(t, 'One look finds every mistake of a deployment');
  const { code, stderr } = await check({
    auth: without(STAGING.auth, 'SERVICE_SECRET'),
    backend: { ...STAGING.backend, SERVICE_ID: 'netra-auth-staging-1757251019' },
    frontend: { ...STAGING.frontend, NEXT_PUBLIC_API_URL: 'http://localhost:8000' },
  });
  const faults = [...stderr.matchAll(/^(\w+): (\w+) .*\(rule: ([\w-]+)\)/gm)].map((found) => found.slice(1));
  assert.equal(code, 78);
  assert.deepEqual(faults, [
    ['auth', 'SERVICE_SECRET', 'required'],
    ['backend', 'SERVICE_ID', 'stable-service-id'],
    ['frontend', 'NEXT_PUBLIC_API_URL', 'no-localhost'],
  ]);
});

test('a file that cannot be read is a fault of the deployment', async (t) => {
  value(t, 'A check that did not look never says yes');
  const { code, stderr } = await runToEnd('check', ['auth=/nowhere/auth.env']);
  assert.equal(code, 78);
  assert.match(stderr, /^auth: CONFIG_FILE is "\/nowhere\/auth.env" \(rule: readable-file\)/);
});

test('a command that is none is told how to be one', async (t) => {
  value(t, 'A mistyped check in a script is no silent yes');
  for (const words of [[], ['auth'], ['auth='], ['bakend=x.env']]) {
    const { code, stdout, stderr } = await runToEnd('check', words);
    assert.deepEqual([code, stdout], [64, '']);
    assert.match(stderr, /^usage: check auth=FILE/);
  }
});
