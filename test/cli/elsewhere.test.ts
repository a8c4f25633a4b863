import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const one = "import { test } from 'node:test';\ntest('x', () => {});\n";
const asks = `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('asks the deployed one', async () => assert.equal(await (await fetch(process.env.API_URL)).text(), 'deployed'));
`;
const shop = (): string =>
  project({
    'runner.config.yaml': `version: 1
name: shop
services:
  db: { kind: process, run: [node, never.mjs] }
  api: { kind: process, run: [node, never.mjs], needs: db, ready: { http: / }, ready_timeout: 2s }
categories: { integration: { priority: medium, description: all, floor: 3 } }
suites:
  journeys: { title: Journeys, category: integration, files: "journeys/*.test.mjs", needs: api, black_box: "journeys/outside*.test.mjs" }
  reads: { title: Reads, category: integration, files: "reads/*.test.mjs", needs: api, black_box: "reads/*", writes: false }
environments:
  staging: { deployed: true, services: { api: { url: "\${env.STAGING_API_URL}" } } }
  prod: { deployed: true, writes: refused, consent: true, services: { api: { url: "\${env.STAGING_API_URL}" } } }
`,
    'never.mjs': "throw new Error('nothing is started for a deployed product');",
    'journeys/outside.test.mjs': asks,
    'journeys/inside.test.mjs': one,
    'reads/status.test.mjs': asks,
  });

async function deployed<T>(use: (url: string) => Promise<T>): Promise<T> {
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => response.end('deployed'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a product that is deployed already', () => {
  it('F16: black-box files run against its URLs, nothing is started, and the rest is listed as not applicable', async () => {
    await deployed(async (url) => {
      const ran = await runner(shop(), ['--env', 'staging', '--real-services'], {
        env: { STAGING_API_URL: url },
      });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.deepEqual(
        ran
          .of('attempt.finished')
          .map(({ file }) => file)
          .sort(),
        ['journeys/outside.test.mjs', 'reads/status.test.mjs'],
      );
      assert.deepEqual(
        ran.of('service.ready').map(({ service, provider }) => [service, provider]),
        [['api', 'external']],
      );
      assert.match(
        ran.stdout,
        /journeys \(1 file\): not applicable to staging, which is deployed: needs services of its own/,
      );
    });
  });

  it('F7: writes are refused where the environment says so, consent or not', async () => {
    await deployed(async (url) => {
      const dir = shop();
      const env = { STAGING_API_URL: url };
      assert.equal((await runner(dir, ['--env', 'prod', '--real-services'], { env })).code, 96);
      const ran = await runner(dir, ['--env', 'prod', '--allow-prod', '--real-services'], { env });
      assert.equal(ran.code, 0, ran.stdout);
      assert.deepEqual(
        ran.of('attempt.finished').map(({ file }) => file),
        ['reads/status.test.mjs'],
      );
      assert.match(ran.stdout, /journeys \(1 file\): it writes, and prod refuses writes/);
      const named = await runner(dir, ['--env', 'prod', '--allow-prod', 'journeys/outside.test.mjs'], {
        env,
      });
      assert.equal(named.code, 4);
    });
  });

  it('F16: a service without a URL there is exit 96, never started instead', async () => {
    const dir = shop();
    const yaml = readFileSync(join(dir, 'runner.config.yaml'), 'utf8');
    writeFileSync(
      join(dir, 'runner.config.yaml'),
      yaml.replace('needs: api, black_box: "reads/*"', 'needs: [api, db], black_box: "reads/*"'),
    );
    const ran = await runner(dir, ['--env', 'staging', '--real-services'], {
      env: { STAGING_API_URL: 'http://127.0.0.1:9' },
    });
    assert.equal(ran.code, 96);
    assert.match(ran.stderr, /environment "staging" is deployed and gives no URL for service "db"/);
  });

  it('an unset variable in a URL, or a product that is not there, is exit 105 with the remedy', async () => {
    const dir = shop();
    const unset = await runner(dir, ['--env', 'staging', 'reads/status.test.mjs']);
    assert.equal(unset.code, 105, unset.stdout + unset.stderr);
    assert.match(unset.stdout, /STAGING_API_URL/);
    const gone = await runner(dir, ['--env', 'staging', 'reads/status.test.mjs'], {
      env: { STAGING_API_URL: 'http://127.0.0.1:9' },
    });
    assert.equal(gone.code, 105);
    assert.match(gone.stdout, /remedy:/);
  });
});
