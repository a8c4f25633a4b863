/**
 * The auth service as the environment and the clock of a test's choice: the platform's own application, over real HTTP,
 * on the file's PostgreSQL and Redis.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { authApp } from '../../platform/auth/app.ts';
import type { EnvironmentName } from '../../platform/shared/critical-values.ts';
import { IsolatedEnvironment } from '../../platform/shared/environment.ts';
import { openCache } from './cache.ts';
import { openDatabase } from './database.ts';
import { endpoint } from './endpoints.ts';
import { start } from './service.ts';

export interface AuthOptions {
  readonly environment?: EnvironmentName;
  readonly now?: () => number;
  /** another way to Redis, e.g. over a link */
  readonly redis?: string;
  /** an identity provider; without one nobody logs in with it */
  readonly issuer?: string;
}

const CLIENT_SECRET = randomBytes(24).toString('hex');
const servers = new Set<Server>();

/** The real identity provider, as a process of its own that knows this auth service. Stopped by `stopServices`. */
export async function identityProvider(): Promise<string> {
  const outcome = await start('oidc', {
    ENVIRONMENT: 'test',
    OAUTH_CLIENT_ID: 'netra',
    OAUTH_CLIENT_SECRET: CLIENT_SECRET,
  });
  assert.ok(outcome.kind === 'listening', outcome.kind === 'refused' ? outcome.stderr : '');
  return outcome.service.url;
}

/** @returns its address. Closed by `closeAuthServices`; its database and cache by their own helpers. */
export async function authService(options: AuthOptions = {}): Promise<string> {
  const server = createServer();
  servers.add(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // `listen` on a host and port gives an AddressInfo; only a pipe gives a string.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = authApp({
    environment: IsolatedEnvironment.from(
      {
        OAUTH_ISSUER: options.issuer,
        OAUTH_CLIENT_ID: 'netra',
        OAUTH_CLIENT_SECRET: CLIENT_SECRET,
        OAUTH_CALLBACK_URL: `${url}/auth/callback`,
      },
      'test',
    ),
    name: options.environment ?? 'test',
    database: openDatabase(),
    cache: openCache(options.redis),
    serviceSecret: endpoint('SERVICE_SECRET'),
    jwtSecret: endpoint('JWT_SECRET_KEY'),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  server.on('request', getRequestListener(app.fetch));
  return url;
}

export async function closeAuthServices(): Promise<void> {
  await Promise.all(
    [...servers].map((server) => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return closed;
    }),
  );
  servers.clear();
}
