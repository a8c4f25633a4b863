/** The stores in containers, as the tests here ask for them and talk to them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { ProviderName } from '../../../src/events/index.ts';
import { freshCache, temporaryFolder } from '../../services/harness.ts';
import * as registry from '../../services/registry.ts';

/** A cluster is initialised in each container, by a machine that may do much else meanwhile. */
const readyTimeout = 180_000;
export const postgres = (more: Parameters<typeof registry.postgres>[0] = {}) =>
  registry.postgres({ readyTimeout, ...more });
export const redis = (more: Parameters<typeof registry.redis>[0] = {}) =>
  registry.redis({ readyTimeout, ...more });

export const OPTIONS = {
  cacheDir: freshCache(),
  providers: new Map<string, ProviderName>([
    ['postgres', 'docker'],
    ['redis', 'docker'],
  ]),
};

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function asked(url: string, ...command: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(url, { retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => {});
  try {
    return await client.call(...command);
  } finally {
    client.disconnect();
  }
}

export function migrations(sql: string) {
  const root = temporaryFolder('project');
  mkdirSync(join(root, 'db'));
  writeFileSync(join(root, 'db', '001.sql'), sql);
  return { root, more: { migrate: { kind: 'sql', files: ['db/*.sql'] } as const } };
}
