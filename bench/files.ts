/** Thirty test files in TypeScript with the same five libraries, once for each framework, and built ahead where that is needed. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleFiles } from '../src/runner/adapters/node/bundle.ts';
import { REPOSITORY } from './run.ts';

/** Below the peers' folder, so that both their packages and the product's are found from there. */
const WORK = join(REPOSITORY, 'bench', 'peers', '.work');
export const FILES = 30;
export const TESTS = 5;

const HEADERS = {
  node: "import { test } from 'node:test';",
  vitest: "import { test } from 'vitest';",
  jest: 'declare const test: (name: string, body: () => unknown) => void;',
  mocha: 'declare const it: (name: string, body: () => unknown) => void;\nconst test = it;',
} as const;

const text = (header: string, at: number): string => `${header}
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { jwtVerify, SignJWT } from 'jose';
import pg from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { parse } from 'yaml';

interface Order { readonly id: number; readonly lines: readonly string[] }
const order: Order = { id: ${at}, lines: ['book', 'pen'] };

test('signs and verifies', async () => {
  const secret = new TextEncoder().encode('a secret of thirty-two characters');
  const token = await new SignJWT({ order: order.id }).setProtectedHeader({ alg: 'HS256' }).sign(secret);
  assert.equal((await jwtVerify(token, secret)).payload.order, ${at});
});
test('reads what it has written', () => {
  assert.deepEqual(parse('id: ${at}\\nlines: [book, pen]'), order);
});
test('echoes over a socket', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
  const socket = new WebSocket('ws://127.0.0.1:' + (server.address() as { port: number }).port);
  await once(socket, 'open');
  socket.send('order ${at}');
  const [answer] = await once(socket, 'message');
  assert.equal(String(answer), 'order ${at}');
  socket.terminate();
  server.close();
  await once(server, 'close');
});
test('quotes', () => {
  assert.equal(new pg.Client().escapeLiteral("order's"), "'order''s'");
});
test('knows its commands', () => {
  const redis = new Redis({ lazyConnect: true });
  assert.equal(redis.status, 'wait');
  redis.disconnect();
});
`;

const REGISTRY = `version: 1
name: bench
categories: { unit: { priority: high, description: all } }
suites: { all: { title: All, category: unit, files: "*.test.ts" } }
`;

/** Jest loads no TypeScript and no modules by itself: each file goes through esbuild, as most projects have it. */
const JEST = `module.exports = {
  testEnvironment: 'node',
  transform: { '\\\\.[cm]?[jt]sx?$': require.resolve('./transform.cjs') },
  transformIgnorePatterns: ['node_modules/(?!jose/)'],
};
`;
const TRANSFORM = `const { transformSync } = require('esbuild');
exports.process = (text, path) => {
  const { code } = transformSync(text, { loader: /ts$/.test(path) ? 'ts' : 'js', format: 'cjs', target: 'node20', sourcemap: 'inline', sourcefile: path });
  return { code };
};
`;

export interface Files {
  /** folders */
  readonly node: string;
  readonly vitest: string;
  readonly jest: string;
  readonly mocha: string;
  /** absolute paths, ready for plain node */
  readonly transpiled: readonly string[];
  readonly bundled: readonly string[];
}

export async function writeFiles(): Promise<Files> {
  removeFiles();
  for (const [framework, header] of Object.entries(HEADERS)) {
    mkdirSync(join(WORK, framework), { recursive: true });
    for (let at = 0; at < FILES; at += 1)
      writeFileSync(join(WORK, framework, `f${at}.test.ts`), text(header, at));
  }
  const folder = (name: string): string => join(WORK, name);
  writeFileSync(join(folder('node'), 'runner.config.yaml'), REGISTRY);
  writeFileSync(join(folder('vitest'), 'vitest.config.ts'), 'export default {};\n');
  writeFileSync(join(folder('jest'), 'package.json'), '{ "private": true }\n');
  writeFileSync(join(folder('jest'), 'jest.config.cjs'), JEST);
  writeFileSync(join(folder('jest'), 'transform.cjs'), TRANSFORM);
  const sources = readdirSync(folder('node'))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder('node'), name));
  await build({
    entryPoints: sources,
    outdir: folder('transpiled'),
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  const bundles = await bundleFiles(sources, folder('bundled'));
  return {
    node: folder('node'),
    vitest: folder('vitest'),
    jest: folder('jest'),
    mocha: folder('mocha'),
    transpiled: readdirSync(folder('transpiled'))
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => join(folder('transpiled'), name)),
    bundled: [...bundles.values()].map((bundle) => {
      if (bundle.kind !== 'bundled') throw new Error(`a file could not be bundled: ${bundle.why}`);
      return bundle.path;
    }),
  };
}

export const removeFiles = (): void => rmSync(WORK, { recursive: true, force: true });
