/** `gate: { proof }`: a deploy waits for tests that were shown to notice, as they are now, and lately. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, type Ran, runner } from '../support/cli.ts';

const REGISTRY = `version: 1
name: shop
services:
  shop: { kind: process, run: [node, shop.mjs], ready: { http: /healthz }, export: { SHOP_URL: "\${url}" } }
suites:
  shop: { category: integration, priority: P0, files: "{a,b}.test.mjs", needs: shop }
environments:
  staging: { deployments: { shop: shop.env } }
rules:
  SERVICE_ID: { services: shop, equals: shop-api }
gate: { proof: { fresh: 30d } }
`;
const NOTICES = `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('three are in stock', async () => assert.equal(await (await fetch(process.env.SHOP_URL)).text(), '3')); // audit-ignore environment: what this fixture is about
`;
const VACUOUS = `const half = (price) => price / 2;
test('half of ten is five', () => assert.equal(half(10), 5));
`;
const PROJECT = {
  'runner.config.yaml': REGISTRY,
  'shop.mjs':
    "import { createServer } from 'node:http';\ncreateServer((_, response) => response.end('3')).listen(Number(process.env.PORT), '127.0.0.1');\n",
  'shop.env': 'SERVICE_ID=shop-api\n',
  'a.test.mjs': NOTICES,
  'b.test.mjs': NOTICES,
};
const gate = (dir: string): Promise<Ran> =>
  runner(dir, ['predeploy', '--env', 'staging', '--record', 'record.json']);
const proofOf = (dir: string): readonly string[] =>
  JSON.parse(readFileSync(join(dir, 'record.json'), 'utf8'))
    .checks.filter(({ id }: { id: string }) => id.startsWith('proof'))
    .map(({ state, reason, remedy }: Record<string, string | null>) => `${state} ${reason}; ${remedy}`);
const NONE_VACUOUS = 'held 2 tests notice, 0 vacuous, at most 0 allowed; null';

it('NO-GO while a file was never proven, changed since, was proven too long ago or has a vacuous test; GO once it is', async () => {
  const dir = project(PROJECT);
  const never = await gate(dir);
  assert.deepEqual([never.code, never.events.length], [102, 0], 'nothing is run');
  assert.match(
    never.stdout,
    /✗ 2 files of 2 not proven: a\.test\.mjs \(never proven\), b\.test\.mjs \(never proven\)\n {5}runner prove a\.test\.mjs b\.test\.mjs/,
  );

  assert.equal((await runner(dir, ['prove', '--real-services'])).code, 0);
  const go = await gate(dir);
  assert.equal(go.code, 0, go.stdout + go.stderr);
  const today = new Date().toISOString().slice(0, 8);
  const [fresh, vacuous] = proofOf(dir);
  assert.match(
    fresh ?? '',
    new RegExp(`^held 2 files proven as they are, the oldest on ${today}\\d\\d; null$`),
  );
  assert.equal(vacuous, NONE_VACUOUS);

  for (const name of readdirSync(join(dir, '.runner', 'proof'))) {
    const path = join(dir, '.runner', 'proof', name);
    const text = readFileSync(path, 'utf8');
    if (text.includes('"a.test.mjs"')) writeFileSync(path, text.replace(/"at":"\d{4}-/, '"at":"2020-'));
  }
  writeFileSync(join(dir, 'b.test.mjs'), `${NOTICES}${VACUOUS}`);
  assert.equal((await gate(dir)).code, 102);
  const [stale, still] = proofOf(dir);
  assert.match(
    stale ?? '',
    /^broken 2 files of 2 not proven: a\.test\.mjs \(proven 2020-\d\d-\d\d\), b\.test\.mjs \(changed since it was proven\); runner prove a\.test\.mjs b\.test\.mjs --fresh$/,
  );
  assert.equal(still, NONE_VACUOUS);

  assert.equal((await runner(dir, ['prove', '--real-services', '--fresh'])).code, 0);
  const found = await gate(dir);
  assert.equal(found.code, 102);
  assert.match(
    found.stdout,
    /✗ 2 tests notice, 1 vacuous, at most 0 allowed\n {5}make it notice, or move it .* \(b\.test\.mjs > half of ten is five\)/,
  );
});
