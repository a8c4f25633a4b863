/** The provider docker where there is no engine; with one, see test/docker. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const REGISTRY = `version: 1
name: docker
services:
  postgres: { kind: postgres, version: ">=15" }
suites:
  all: { category: unit, files: "*.test.mjs", needs: postgres }
`;
/** A package of that name, which leaves a file behind when it is loaded. */
const library = (version: string): Record<string, string> => ({
  'node_modules/testcontainers/package.json': JSON.stringify({
    name: 'testcontainers',
    version,
    main: 'build/index.js',
  }),
  'node_modules/testcontainers/build/index.js':
    "require('node:fs').writeFileSync(__dirname + '/../../../loaded', '');",
});
const stand = (more: Record<string, string> = {}, registry = REGISTRY): string =>
  project({
    'runner.config.yaml': registry,
    'a.test.mjs': "import { test } from 'node:test';\ntest('a', () => {});\n",
    ...more,
  });
/** So that an engine of this machine plays no part. */
const nowhere = (dir: string) => ({ env: { DOCKER_HOST: `unix://${dir}/no.sock`, NODE_PATH: '' } });
const noEngine = (dir: string): string =>
  `no Docker engine answers at unix://${dir}/no.sock (connect ENOENT ${dir}/no.sock)`;
const INSTALL = 'npm install --save-dev testcontainers@11';
const START = 'start a Docker engine, or name it in DOCKER_HOST';

describe('the provider docker, without an engine', () => {
  it('F16 forced, it is exit 105 with everything that is missing and what to do about each', async () => {
    const dir = stand();
    const ran = await runner(dir, ['--suite', 'all', '--provider', 'postgres=docker'], nowhere(dir));
    assert.equal(ran.code, 105, ran.stdout + ran.stderr);
    const [failed] = ran.of('service.failed');
    assert.equal(
      failed?.reason,
      `no Postgres >=15 could be had (docker: the npm package testcontainers is not installed, and ${noEngine(dir)})`,
    );
    assert.equal(failed?.remedy, `${INSTALL}; ${START}`);
    assert.deepEqual(ran.of('service.ready'), []);
  });

  it('is looked at without being loaded, and tried after all others', async () => {
    const dir = stand(library('11.14.0'));
    const ran = await runner(dir, ['--suite', 'all'], nowhere(dir));
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.equal(ran.of('service.ready')[0]?.provider, 'embedded');
    const forced = await runner(dir, ['--suite', 'all', '--provider', 'postgres=docker'], nowhere(dir));
    assert.equal(forced.code, 105);
    assert.equal(
      forced.of('service.failed')[0]?.reason,
      `no Postgres >=15 could be had (docker: ${noEngine(dir)})`,
    );
    assert.equal(existsSync(join(dir, 'loaded')), false);
  });

  it('runner doctor says for each what is missing; another major of the library is not the right one', async () => {
    const dir = stand(library('12.2.0'));
    const ran = await runner(dir, ['doctor'], nowhere(dir));
    assert.equal(ran.code, 0, ran.stderr);
    const line = ran.stdout.split('\n').find((one) => one.includes('docker '));
    const reason = `testcontainers 12.2.0 is installed, wanted is 11, and ${noEngine(dir)}`;
    assert.equal(line, `     docker    ${reason}: ${INSTALL}; ${START}`);
    assert.equal(existsSync(join(dir, 'loaded')), false);
  });

  it('an engine on another machine is refused, since ports would be open to the network', async () => {
    const dir = stand(library('11.14.0'));
    const args = ['doctor', '--provider', 'postgres=docker', '--json'];
    const ran = await runner(dir, args, { env: { DOCKER_HOST: 'tcp://192.0.2.1:2375' } });
    assert.equal(ran.code, 105);
    assert.match(ran.stdout, /DOCKER_HOST is tcp:\/\/192\.0\.2\.1:2375, which is not this machine: its/);
  });

  it('`image` must be the name of an image', async () => {
    const dir = stand({}, REGISTRY.replace('">=15"', '16, image: "postgres 16"'));
    const ran = await runner(dir, ['list']);
    assert.equal(ran.code, 96);
    assert.match(ran.stderr, /expected the name of an image such as postgres:16-alpine/);
  });
});
