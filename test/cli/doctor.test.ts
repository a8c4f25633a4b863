import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const REGISTRY = `version: 1
name: doctor
services:
  postgres: { kind: postgres, version: ">=15", aliases: db }
  redis: redis
  api: { kind: process, run: [node, api.mjs], needs: postgres }
suites:
  all: { category: unit, files: "*.test.mjs", needs: [postgres, redis] }
`;
const stand = (registry = REGISTRY): string =>
  project({
    'runner.config.yaml': registry,
    'api.mjs': '',
    'a.test.mjs': "import { test } from 'node:test';\ntest('a', () => {});\n",
  });

interface Report {
  readonly services: readonly {
    readonly service: string;
    readonly chosen: string | null;
    readonly offers: readonly {
      readonly provider: string;
      readonly status: string;
      readonly version: string | null;
      readonly where: string | null;
      readonly reason?: string;
      readonly remedy?: string;
    }[];
  }[];
}

describe('runner doctor', () => {
  it('F16 tells for each service what each provider has, with version and place, or why not and what to do', async () => {
    const ran = await runner(stand(), ['doctor', '--json']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const { services }: Report = JSON.parse(ran.stdout);
    assert.deepEqual(
      services.map(({ service, chosen }) => [service, chosen]),
      [
        ['postgres', 'embedded'],
        ['redis', services[1]?.chosen],
        ['api', 'process'],
      ],
    );
    const embedded = services[0]?.offers.find(({ provider }) => provider === 'embedded');
    assert.deepEqual([embedded?.status, embedded?.version], ['usable', '18.4.0']);
    assert.match(embedded?.where ?? '', /\/native\/bin$/);
    assert.deepEqual(services[0]?.offers[0], {
      provider: 'external',
      status: 'unusable',
      version: null,
      where: null,
      reason: 'RUNNER_POSTGRES_URL is not set',
      remedy: 'RUNNER_POSTGRES_URL=postgresql://127.0.0.1:5432/postgres',
    });
  });

  it('the same in words, with the chosen one marked', async () => {
    const ran = await runner(stand(), ['doctor']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^ postgres >=15$/m);
    assert.match(ran.stdout, /^ {3}✓ embedded {2}18\.4\.0 {2}\/.+\/native\/bin$/m);
    assert.equal(ran.lastLine, ' 3 services, each can be had');
  });

  it('F16 exits 105 where a service can not be had', async () => {
    const ran = await runner(stand(REGISTRY.replace('>=15', '>=99').replace('api.mjs', 'gone.mjs')), [
      'doctor',
    ]);
    assert.equal(ran.code, 105);
    assert.match(ran.stdout, /embedded {2}is 18\.4\.0: change `version` of "postgres"$/m);
    assert.match(
      ran.stdout,
      /process {3}there is no file \/.+\/gone\.mjs: build it, or correct `run` of "api"$/m,
    );
    assert.equal(ran.lastLine, " postgres, api can't be had");
  });

  it('F16 a server that is named and does not answer can not be had, whatever else is there', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => taken.close(resolve));
    const ran = await runner(stand(), ['doctor'], {
      env: { RUNNER_REDIS_URL: `redis://:hidden@127.0.0.1:${port}` },
    });
    assert.equal(ran.code, 105);
    assert.match(
      ran.stdout,
      new RegExp(`external {2}connect ECONNREFUSED 127\\.0\\.0\\.1:${port}: see that`),
    );
    assert.doesNotMatch(ran.stdout, /hidden/);
    assert.equal(ran.lastLine, " redis can't be had");
  });

  it('--env chooses the environment, an unknown one is exit 96 with the nearest', async () => {
    const dir = stand(
      `${REGISTRY}environments:\n  staging: { services: { api: { url: "http://127.0.0.1:1" } } }\n`,
    );
    const ran = await runner(dir, ['doctor', '--env', 'staging']);
    assert.equal(ran.code, 105);
    assert.match(
      ran.stdout,
      /external {2}connect ECONNREFUSED 127\.0\.0\.1:1: .*environments\.staging\.services\.api/,
    );
    const wrong = await runner(dir, ['doctor', '--env', 'stagin']);
    assert.equal(wrong.code, 96);
    assert.match(wrong.stderr, /unknown environment "stagin"[\s\S]*did you mean "staging"\?/);
  });
});

describe('--provider', () => {
  it('F16 forces one: the run takes it, and says so', async () => {
    const ran = await runner(stand(), ['--suite', 'all', '--provider', 'db=binary']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const ready = ran.of('service.ready').find(({ service }) => service === 'postgres');
    assert.equal(ready?.provider, 'binary');
  });

  it('F16 nothing takes the place of the one that was asked for', async () => {
    const ran = await runner(stand(), [
      '--suite',
      'all',
      '--provider',
      'postgres=external',
      '--provider',
      'redis=package',
    ]);
    assert.equal(ran.code, 105, ran.stdout);
    assert.equal(
      ran.of('service.failed')[0]?.reason,
      'no Postgres >=15 could be had (external: RUNNER_POSTGRES_URL is not set)',
    );
  });

  it('F1 unknown services and providers are exit 96 with the nearest, each of them', async () => {
    const args = ['postgrs=binary', 'redis=pakage', 'redis'].flatMap((text) => ['--provider', text]);
    for (const command of [['doctor'], ['--suite', 'all']]) {
      const ran = await runner(stand(), [...command, ...args]);
      assert.equal(ran.code, 96, ran.stdout);
      assert.match(ran.stderr, /unknown service "postgrs"[\s\S]*did you mean "postgres"\?/);
      assert.match(
        ran.stderr,
        /no provider "pakage" for a service of kind redis[\s\S]*did you mean "package"\?/,
      );
      assert.match(ran.stderr, /--provider redis[\s\S]*expected <service>=<provider>/);
      assert.deepEqual(ran.events, []);
    }
  });
});
