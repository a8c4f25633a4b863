/** Keys of process services, from the registry to the verdict. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, type Ran, runner, verdicts } from '../support/cli.ts';

const API = `import { createServer } from 'node:http';
process.on('SIGTERM', () => process.env.DEAF || process.exit(0));
createServer((request, response) => {
  if (request.url === '/die') process.exit(3);
  response.end(String(process.pid));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const run = (keys: string, test: string): Promise<Ran> =>
  runner(
    project({
      'runner.config.yaml': `version: 1
services:
  api: { kind: process, run: [node, api.mjs], ready: { http: / }, ${keys} }
suites:
  all: { category: all, files: "*.test.mjs", needs: api }
`,
      'api.mjs': API,
      'a.test.mjs': `import { test } from 'node:test';
const get = (path) => fetch(process.env.API_URL + path).then((r) => r.text());
const again = async () => { for (;;) try { return await get('/'); } catch { await new Promise(setImmediate); } };
test('uses it', async () => { ${test} });
`,
    }),
    ['--real-services'],
  );

describe('process services', () => {
  it('T4: enforce_graceful_stop: true fails the file after which its service had to be killed; without it, it passes', async () => {
    const keys = 'env: { DEAF: "1" }, stop: { grace: 200ms }';
    const strict = await run(`${keys}, enforce_graceful_stop: true`, "await get('/');");
    assert.equal(strict.code, 100, strict.stdout);
    assert.deepEqual(verdicts(strict), { 'a.test.mjs': 'failed' });
    assert.match(strict.stdout, /api outlived its grace after it and had to be killed/);
    assert.equal((await run(keys, "await get('/');")).code, 0);
  });

  it('T8: restart: on-failure goes on with the service started again, and warns; without it the file is infra-failed', async () => {
    const body = "await get('/die').catch(() => {}); await again();";
    const restarted = await run('restart: on-failure', body);
    assert.equal(restarted.code, 0, restarted.stdout);
    assert.match(restarted.stdout, /api ended by itself \(exit code 3\) and is started again, 1 of 3/);
    assert.equal((await run('restart: never', body)).code, 105);
    const twice = `${body} ${body} await new Promise(() => setTimeout(() => {}, 60_000));`;
    assert.equal((await run('restart: { on_failure: 1 }', twice)).code, 105);
  });
});
