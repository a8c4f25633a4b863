import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, type Ran, registry, runner } from '../support/cli.ts';

const one = "import { test } from 'node:test';\ntest('works', () => {});\n";

const ranFiles = (ran: Ran): readonly string[] =>
  ran
    .of('attempt.finished')
    .map(({ file }) => file)
    .sort();

describe('F7: protected environments', () => {
  const files = {
    'runner.config.yaml': registry('environments:\n  prod: { consent: true, env: { TARGET: production } }\n'),
    'a.test.mjs':
      "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\ntest('env', () => { assert.equal(process.env.RUNNER_ENV, 'prod'); assert.equal(process.env.TARGET, 'production'); });",
  };

  it('are refused before anything starts, unless their consent flag is given', async () => {
    const dir = project(files);
    const refused = await runner(dir, ['--env', 'prod']);
    assert.equal(refused.code, 96);
    assert.match(refused.stderr, /environment prod is protected and nothing was started/);
    assert.match(refused.stderr, /--allow-prod/);
    assert.deepEqual(refused.events, []);
    const allowed = await runner(dir, ['--env', 'prod', '--allow-prod']);
    assert.equal(allowed.code, 0, allowed.stdout);
  });
});

describe('what only some files of a suite need', () => {
  const dir = project({
    'runner.config.yaml': `version: 1
name: shop
services:
  stock: { kind: process, run: [node, server.mjs], ready: { http: / } }
  till: { kind: process, run: [node, server.mjs], ready: { http: / } }
categories: { integration: { priority: medium, description: all } }
suites:
  shop: { title: Shop, category: integration, files: "*.test.mjs", needs: stock, also_needs: { "pay*.test.mjs": till } }
`,
    'server.mjs':
      "import { createServer } from 'node:http';\ncreateServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');",
    'count.test.mjs': one,
    'pay.test.mjs': one,
  });

  it('only those files get it, and are selected by it', async () => {
    const all = await runner(dir, ['--real-services']);
    assert.equal(all.code, 0, all.stdout);
    const leased = Object.fromEntries(all.of('lease.granted').map(({ file, services }) => [file, services]));
    assert.deepEqual(leased, { 'count.test.mjs': ['stock'], 'pay.test.mjs': ['stock', 'till'] });
    assert.deepEqual(ranFiles(await runner(dir, ['--service', 'till'])), ['pay.test.mjs']);
    assert.deepEqual(ranFiles(await runner(dir, ['--service', 'stock'])), ['count.test.mjs', 'pay.test.mjs']);
  });

  it('a service of that name must exist', async () => {
    const { code, stderr } = await runner(
      project({ 'runner.config.yaml': registry().replace('files:', 'also_needs: { "*": tlil }, files:') }),
      [],
    );
    assert.equal(code, 96);
    assert.match(stderr, /unknown service "tlil"/);
  });
});
