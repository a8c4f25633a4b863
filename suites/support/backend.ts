/** A second backend beside the one of this file, on the same auth service, database, cache and model, with changes. */
import assert from 'node:assert/strict';
import { endpoint } from './endpoints.ts';
import { start } from './service.ts';

export interface SecondBackend {
  readonly url: string;
  readonly sockets: string;
  /** its log so far */
  said(): string;
  stop(): Promise<number | null>;
}

/** Stopped by `stopServices`. */
export async function secondBackend(changes: Readonly<Record<string, string>> = {}): Promise<SecondBackend> {
  const outcome = await start('backend', {
    ENVIRONMENT: 'test',
    SERVICE_ID: 'netra-backend',
    SERVICE_SECRET: endpoint('SERVICE_SECRET'),
    JWT_SECRET_KEY: endpoint('JWT_SECRET_KEY'),
    DATABASE_URL: endpoint('DATABASE_URL'),
    REDIS_URL: endpoint('REDIS_URL'),
    AUTH_SERVICE_URL: endpoint('AUTH_URL'),
    LLM_URL: changes.LLM_URL ?? endpoint('LLM_URL'),
    ...changes,
  });
  assert.ok(outcome.kind === 'listening', outcome.kind === 'refused' ? outcome.stderr : '');
  const { url, said, stop } = outcome.service;
  return { url, sockets: `${url.replace('http', 'ws')}/ws`, said, stop };
}
