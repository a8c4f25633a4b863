/** Environments in which a service may start, to be made bad one variable at a time, and what a refusal must look like. */
import assert from 'node:assert/strict';
import { type Outcome, type ServiceName, type Started, start } from './service.ts';

export type Variables = Readonly<Record<string, string>>;
const SECRET = 'f'.repeat(40);

const AUTH_STAGING: Variables = {
  ENVIRONMENT: 'staging',
  SERVICE_SECRET: SECRET,
  JWT_SECRET_KEY: 'a'.repeat(64),
  DATABASE_URL: 'postgres://netra:long-database-word@db.staging.invalid/netra',
  REDIS_URL: 'rediss://redis.staging.invalid:6379',
};
/** Right for a deployed environment. Nothing is needed before listening, so these hosts need not exist (RFC 2606). */
export const STAGING = {
  auth: AUTH_STAGING,
  backend: {
    ...AUTH_STAGING,
    SERVICE_ID: 'netra-backend',
    AUTH_SERVICE_URL: 'https://auth.staging.netrasystems.ai',
    LLM_URL: 'https://llm.staging.invalid',
  },
  frontend: {
    NEXT_PUBLIC_API_URL: 'https://api.staging.netrasystems.ai',
    NEXT_PUBLIC_WS_URL: 'wss://api.staging.netrasystems.ai/ws',
    NEXT_PUBLIC_AUTH_URL: 'https://auth.staging.netrasystems.ai',
    NEXT_PUBLIC_ENVIRONMENT: 'staging',
  },
} as const satisfies Partial<Record<ServiceName, Variables>>;

export const without = (variables: Variables, ...names: readonly string[]): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)));

/** The variable and rule of each line on stderr, in order. */
const complaints = (stderr: string): readonly string[] =>
  [...stderr.matchAll(/refuses to start: (\w+) .*\(rule: ([\w-]+)\)/g)].map(
    ([, variable, rule]) => `${variable} ${rule}`,
  );

/**
 * Starts the real service and requires that it ends, never having listened, with exactly these complaints (`VARIABLE rule`),
 * each with its impact and remedy. Answers what it said.
 */
export async function refuses(
  service: ServiceName,
  variables: Variables,
  ...expected: readonly string[]
): Promise<string> {
  const outcome: Outcome = await start(service, variables);
  assert.equal(outcome.kind, 'refused', `${service} listens in spite of ${expected.join(', ')}`);
  assert.ok(outcome.kind === 'refused');
  assert.deepEqual(complaints(outcome.stderr), expected);
  assert.equal(outcome.exitCode, 78);
  assert.equal(outcome.stdout.includes('listening'), false);
  for (const line of outcome.stderr.trimEnd().split('\n'))
    assert.match(line, /Impact: \S.*\. Remedy: \S.*\./);
  return outcome.stderr;
}

/** Starts the real service and requires that it listens. */
export async function listening(service: ServiceName, variables: Variables): Promise<Started> {
  const outcome = await start(service, variables);
  assert.ok(outcome.kind === 'listening', outcome.kind === 'refused' ? outcome.stderr : '');
  return outcome.service;
}
