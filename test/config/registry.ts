/** Registries in temporary folders, and a realistic one to start from. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { type Config, type Diagnostic, loadConfig } from '../../src/config/index.ts';
import type { Result } from '../../src/events/index.ts';

export const SAMPLE = `# yaml-language-server: $schema=./schema/runner.config.schema.json
version: 1
name: netra

defaults:
  workers: 2
  timeout: 60s
  bundle: auto

ignore: [test/fixtures/**]

services:
  postgres:
    kind: postgres
    version: ">=15"
    migrate: { files: platform/migrations/*.sql }
  redis: redis
  auth:
    kind: process
    aliases: auth_service
    run: [node, dist/platform/auth.mjs]
    needs: [postgres, redis]
    env:
      ENVIRONMENT: test
      PORT: \${port}
      RATE: 1.10
      SERVICE_SECRET: \${secret.service}
      JWT_SECRET_KEY: \${secret.jwt}
    ready: { http: /health/ready }
    export: { AUTH_URL: "http://127.0.0.1:\${port}" }
  llm:
    kind: process
    run: node dist/platform/llm.mjs --port \${port}
  backend:
    kind: process
    aliases: [backend_service, api]
    run: [node, dist/platform/backend.mjs]
    cwd: platform
    needs: [postgres, redis, auth, llm]
    env: { AUTH_SERVICE_URL: "\${services.auth.url}", SERVICE_ID: netra-backend }
    ready: { all: [{ http: /health/ready, expect: 200 }, { ws: /ws, expect: 401 }] }
    ready_timeout: 1m
    stop: { signal: SIGINT, grace: 2.5s }
    export: { BACKEND_URL: "\${url}", WS_URL: "\${ws_url}/ws" }

categories:
  unit: { priority: high, description: "The runner's own parts, without services", tags: quick }
  integration: { priority: medium, description: "Real services, real traffic", after: unit, floor: 217, timeout: 90s }
  e2e: { priority: low, after: integration, needs: backend }

suites:
  events:
    category: unit
    files: ./test/events/*.test.ts
  auth:
    title: Authentication and authorization
    category: integration
    service: auth
    priority: P0
    files: suites/auth/**/*.test.ts
    needs: [auth, backend]
    tags: [security]
  database:
    category: integration
    service: postgres
    priority: P1
    files: ["suites/database/**/*.test.ts", "!suites/database/slow/**"]
    needs: postgres
    timeout: 2m
    bundle: off
    env: { POOL: 4 }
  pure:
    category: integration
    files: suites/pure/*.test.ts
  journeys:
    category: e2e
    files: suites/journeys/*.test.ts

environments:
  test: {}
  staging:
    env: { REGION: "\${env.REGION:-eu}" }
    services:
      auth: { url: "\${env.STAGING_AUTH_URL}" }
      backend: { url: "\${env.STAGING_BACKEND_URL}" }
  prod:
    consent: true
`;

/** A folder of its own for one test file, thrown away when that ends. Absolute, without symbolic links. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-registry-')));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder; the folders on the way are made. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

let count = 0;

/** Writes the text as a registry into a folder of its own below `folder` and loads it. */
export function loadText(folder: string, text: string | Uint8Array): Result<Config, readonly Diagnostic[]> {
  count += 1;
  const cwd = join(folder, `registry-${count}`);
  writeFiles(cwd, { 'runner.config.yaml': text });
  return loadConfig({ cwd, env: {} });
}

/** For a registry that must be valid. */
export function expectConfig(result: Result<Config, readonly Diagnostic[]>): Config {
  if (result.ok) return result.value;
  throw new Error(`unexpected diagnostics: ${JSON.stringify(result.error, null, 2)}`);
}

/** For a registry that must not be. */
export function expectDiagnostics<T>(result: Result<T, readonly Diagnostic[]>): readonly Diagnostic[] {
  if (!result.ok) return result.error;
  throw new Error('expected diagnostics, but it is valid');
}

/** Lines below `version: 1`, so that the first of them is line 2. */
export const below = (...lines: readonly string[]): string => ['version: 1', ...lines, ''].join('\n');

/** `line:column+length message | hint` of each diagnostic of a registry with this text, in their order. */
export function mistakesIn(folder: string, text: string | Uint8Array): string[] {
  return expectDiagnostics(loadText(folder, text)).map(
    ({ line, column, length, message, hint }) =>
      `${line}:${column}+${length} ${message}${hint === null ? '' : ` | ${hint}`}`,
  );
}
