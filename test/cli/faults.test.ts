/** `faults: true` of a suite, from the registry to the test. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

it('faults: true gives the files of that suite, and of no other, an API that commands their services', async () => {
  const ran = await runner(
    project({
      'runner.config.yaml': `version: 1
services: { redis: redis }
suites:
  stormy: { category: all, files: "stormy.test.mjs", needs: redis, faults: true }
  calm: { category: all, files: "calm.test.mjs", needs: redis }
`,
      'stormy.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('has it', async () => {
  const answer = await fetch(process.env.RUNNER_FAULTS_URL + '/proxies');
  const { redis } = await answer.json();
  assert.equal(redis.listen, new URL(process.env.REDIS_URL).host);
});`,
      'calm.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('has it not', () => assert.equal(process.env.RUNNER_FAULTS_URL, undefined));`,
    }),
    ['--real-services'],
  );
  assert.equal(ran.code, 0, ran.stdout);
  assert.equal(ran.lastLine, '2 passed, 0 failed');
});
