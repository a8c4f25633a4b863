/** Services at a port that tests have written in: one file at a time, also where several runs want it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import { reservePort } from '../../src/services/ports.ts';
import { project, runner, verdicts } from '../support/cli.ts';
import { REDIS } from '../support/stores.ts';

const registry = (port: number, more = ''): string => `version: 1
name: fixture
services:
  redis: { kind: redis, fixed_port: ${port}${more} }
suites:
  all: { category: unit, files: "*.test.mjs", needs: redis }
`;

/** Knows nothing of the runner: neither a variable nor a password. Alone in it, or what another file wrote would be there. */
const writtenIn = (port: number): string => `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redis } from '${REDIS}';
test('counts from one', async () => {
  const redis = new Redis(${port}, '127.0.0.1');
  for (let n = 1; n <= 200; n += 1) assert.equal(await redis.incr('counter'), n);
  assert.equal(process.env.REDIS_URL, 'redis://127.0.0.1:${port}');
  redis.disconnect();
});
`;

const WORKERS = ['--real-services', '--workers', '4'];

it('a Redis at a port that tests have written in: each file its own, without a password, in turn, and counted', async () => {
  const port = await reservePort();
  const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.test.mjs`, writtenIn(port)]));
  const dir = project({ 'runner.config.yaml': registry(port), ...files });
  const ran = await runner(dir, WORKERS);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '3 passed, 0 failed');
  assert.match(ran.stdout, / redis +3 of 3 +3 +6\d\d commands/);
});

it('two runs that want one port at the same time take turns as well', async () => {
  const port = await reservePort();
  const dirs = ['x', 'y'].map(() =>
    project({ 'runner.config.yaml': registry(port), 'a.test.mjs': writtenIn(port) }),
  );
  const both = await Promise.all(dirs.map((dir) => runner(dir, WORKERS)));
  for (const ran of both) assert.equal(ran.lastLine, '1 passed, 0 failed', ran.stdout + ran.stderr);
});

it('a port that somebody keeps is a failure of the service that says which and what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dir = project({
    'runner.config.yaml': registry(port, ', ready_timeout: 300ms'),
    'a.test.mjs': writtenIn(port),
  });
  const ran = await runner(dir, WORKERS);
  server.close();
  assert.equal(ran.code, 105, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'infra-failed' });
  assert.match(
    ran.stdout.replaceAll(/\s+/g, ' '),
    new RegExp(
      `service redis its fixed port can't be had: listen EADDRINUSE: address already in use 127.0.0.1:${port} remedy: end what listens there \\(\`ss -ltnp\` shows it\\), or leave out \`fixed_port\` of "redis"`,
    ),
  );
});

it('a program of one’s own and PostgreSQL are found at theirs as well', async () => {
  const [web, store] = [await reservePort(), await reservePort()];
  const dir = project({
    'runner.config.yaml': `version: 1
name: fixture
services:
  postgres: { kind: postgres, fixed_port: ${store} }
  web: { kind: process, run: [node, web.mjs], env: { PORT: "\${port}" }, fixed_port: ${web} }
suites:
  all: { category: unit, files: "*.test.mjs", needs: [postgres, web] }
`,
    'web.mjs': `import { createServer } from 'node:http';
createServer((_, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');
`,
    'a.test.mjs': `import assert from 'node:assert/strict';
import { test } from 'node:test';
test('both', async () => {
  assert.equal(await (await fetch('http://127.0.0.1:${web}/')).text(), 'here');
  assert.equal(process.env.WEB_URL, 'http://127.0.0.1:${web}');
  assert.equal(new URL(process.env.DATABASE_URL).port, '${store}');
});
`,
  });
  const ran = await runner(dir, WORKERS);
  assert.equal(ran.lastLine, '1 passed, 0 failed', ran.stdout + ran.stderr);
});

it('what can’t be at a fixed port is told before anything starts', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
name: fixture
services:
  one: { kind: redis, fixed_port: 6379, limit: 2 }
  two: { kind: redis, fixed_port: 6380, isolation: database, export: { TWO: "\${url}" } }
  three: { kind: redis, fixed_port: 70000, export: { THREE: "\${url}" } }
  four: { kind: process, run: [node, x.mjs], fixed_port: 6379, evidence: none }
suites:
  all: { category: unit, files: "*.test.mjs" }
`,
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 96);
  const said = ran.stderr.split('\n').filter((line) => /^ error|expected/.test(line));
  assert.deepEqual(
    said.map((line) => line.trim().replace(/^(error|│ +\^+) +/, '')),
    [
      'runner.config.yaml:4:48  expected no "limit" but 1 with fixed_port: its files take turns',
      'runner.config.yaml:5:35  invalid "fixed_port": 6380',
      'expected "fixed_port" only with isolation: process, the default',
      'runner.config.yaml:6:37  invalid "fixed_port": 70000',
      'expected a port from 1 to 65535',
      'runner.config.yaml:7:58  port 6379 is that of "one" already',
      'runner.config.yaml:7:58  expected no "evidence: none" with fixed_port: tests reach it through the runner',
    ],
  );
});
