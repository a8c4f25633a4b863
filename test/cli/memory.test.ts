import assert from 'node:assert/strict';
import { it } from 'node:test';
import { processesNaming, project, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport { spawn } from 'node:child_process';\n";
/** Fills memory step by step until nobody lets it. */
const FILL = `const kept = []; const step = () => { kept.push(Buffer.alloc(8e6, 1)); setTimeout(step, 20); }; step();`;

it('T3 a file over its memory limit is killed with its group and says how far it came; others have their peak', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
name: memory
defaults: { memory: 220MB, grace: 30s, workers: 2, retries: 0 }
categories: { unit: { description: all } }
suites:
  small: { category: unit, files: small.test.mjs, memory: 2GB }
  large: { category: unit, files: large.test.mjs }
`,
    // It is a child that grows, and neither listens to SIGTERM: no grace is waited for.
    'large.test.mjs': `${header}process.on('SIGTERM', () => {});
test('fine', () => {});
test('grows', async () => {
  spawn(process.execPath, ['-e', ${JSON.stringify(`process.on('SIGTERM', () => {}); ${FILL}`)}], { stdio: 'ignore', env: { ...process.env, MARK: 'grows-' + process.cwd() } });
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});`,
    'small.test.mjs': `${header}test('stays', async () => {
  const kept = Buffer.alloc(150e6, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  kept.at(-1);
});`,
  });
  const ran = await runner(dir, ['--verbose']);
  assert.equal(ran.code, 100, ran.stdout);
  assert.deepEqual(verdicts(ran), { 'large.test.mjs': 'crashed', 'small.test.mjs': 'passed' });
  assert.deepEqual(processesNaming(`grows-${dir}`), []);
  const of = (name: string) => ran.of('attempt.finished').find(({ file }) => file === name);
  const large = of('large.test.mjs');
  assert.match(
    large?.reason ?? '',
    /^over its memory limit of 220 MB during “grows”: its processes had reached \d+ MB$/,
  );
  assert.ok(
    (large?.memory?.peak ?? 0) > 220e6 && large?.memory?.limit === 220e6,
    JSON.stringify(large?.memory),
  );
  assert.ok((large?.ms ?? 0) < 30_000, 'it was given its grace');
  const small = of('small.test.mjs')?.memory;
  assert.ok(small !== undefined && small.peak > 150e6 && small.limit === 2e9, JSON.stringify(small));
  assert.match(ran.stdout, /find what it keeps; if it needs more: a larger `memory` of the suite large/);
  assert.match(
    ran.stdout,
    /Most memory +Peak +Limit\n large\.test\.mjs +\d+ MB +220 MB\n small\.test\.mjs +\d+ MB +2 GB\n/,
  );
  assert.equal(ran.lastLine, '2 passed, 1 failed');
});
