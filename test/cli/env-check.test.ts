import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, REPOSITORY, registry, runner } from '../support/cli.ts';

const SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b';
const OTHER = '2c26b46b68ffc68ff99b453c1d30413413422d70';

const RULES = `environments:
  staging:
    deployments:
      api: deploy/api.yaml
      web: [deploy/common.env, deploy/web.env]
  prod: {}
incidents:
  2025-09-07-id:
    symptom: refusals every 60 s
    cause: a deploy script wrote a timestamp
    guards: "a.test.mjs > x"
rules:
  DATABASE_URL: { services: api, format: postgres-url, tls: true, forbid: localhost }
  SERVICE_ID: { services: api, equals: shop-api, forbid: timestamp, impact: every call is refused, incident: 2025-09-07-id }
  JWT_SECRET: { services: [api, web], format: jwt-secret, same: true }
  PUBLIC_URL: { services: web, environments: staging, hosts: "*.staging.example.com", tls: true }
  DEBUG: { required: false, contradicts: { MODE: [staging, production] }, remedy: take DEBUG out }
  "*_TOKEN": { forbid: placeholder, min_length: 20 }
  RETRIES: { services: web, format: number, matches: "[0-9]" }
  MODE: required
`;
const GOOD = {
  'deploy/api.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop-api-deployment }
spec:
  template:
    spec:
      containers:
        - name: shop-api
          env:
            - name: DATABASE_URL
              value: postgres://shop:geheim-4711@db.staging.example.com/shop?sslmode=require
            - { name: SERVICE_ID, value: shop-api }
            - { name: JWT_SECRET, value: ${SECRET} }
            - { name: MODE, value: staging }
            - { name: BILLING_TOKEN, valueFrom: { secretKeyRef: { name: shop, key: token } } }
        - name: sidecar
          env: [{ name: UNRELATED, value: x }]
`,
  'deploy/common.env': `MODE=staging\nJWT_SECRET="${SECRET}"\nRETRIES=many\n`,
  'deploy/web.env': 'export PUBLIC_URL=https://app.staging.example.com\nRETRIES=3\n',
};
const shop = (files: Readonly<Record<string, string>> = {}): string =>
  project({ 'runner.config.yaml': registry(RULES), ...GOOD, ...files });
const STAGING = ['env', 'check', '--env', 'staging'];

interface Found {
  readonly variable: string;
  readonly service: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly rule: string;
  readonly message: string;
}
const findings = (stdout: string): readonly Found[] => JSON.parse(stdout).findings;
const told = (stdout: string): readonly string[] =>
  findings(stdout).map(
    ({ service, file, line, rule, message }) => `${service} ${file}:${line} [${rule}] ${message}`,
  );
/** This machine may have tokens of its own. */
const ofTheTest = (found: readonly string[]): readonly string[] =>
  found.filter((one) => !/ \w+_TOKEN /.test(one));

describe('runner env check', () => {
  it('reads the deployments of the registry: containers, several files of one service, secrets from a store', async () => {
    const ran = await runner(shop(), STAGING);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /! BILLING_TOKEN of api is set from a place that can not be read here/);
    assert.equal(ran.lastLine, ' ✓ staging: 10 checks of api, web, every rule kept');
    assert.deepEqual(ran.events, []);
  });

  it('each finding names the variable, the place, the rule, the impact, the incident and the remedy', async () => {
    const bad = GOOD['deploy/api.yaml'].replace(
      'SERVICE_ID, value: shop-api',
      'SERVICE_ID, value: shop-api-1757251019',
    );
    const ran = await runner(shop({ 'deploy/api.yaml': bad }), STAGING);
    assert.equal(ran.code, 101);
    assert.match(
      ran.stdout,
      new RegExp(
        [
          ' ✗ SERVICE_ID is "shop-api-1757251019", must be shop-api',
          '     at: deploy/api.yaml:12, api {2}rule: equals',
          '     then: every call is refused',
          '     incident 2025-09-07-id: refusals every 60 s',
          '     remedy: set SERVICE_ID=shop-api',
          '',
          ' ✗ SERVICE_ID is "shop-api-1757251019": it ends in a time, so it is another one with every deploy',
        ].join('\n'),
      ),
    );
    assert.equal(ran.lastLine, ' ✗ staging: 10 checks of api, web, 2 findings');
  });

  it('every demand finds what breaks it, and no secret or password is ever shown', async () => {
    const dir = shop({
      'deploy/api.yaml': `services:
  api:
    image: shop
    environment:
      DATABASE_URL: postgres://shop:geheim-4711@localhost:5432/shop
      SERVICE_ID: shop-api
      JWT_SECRET: ${OTHER}
      MODE: "\${MODE_OF_DEPLOY:-staging}"
      DEBUG: "true"
      BILLING_TOKEN: changeme
`,
      'deploy/web.env':
        '# two lines\nNOTE="a\nMODE=x"\nPUBLIC_URL=http://shop.example.com\nRETRIES=33\nMODE=\n',
    });
    const ran = await runner(dir, [...STAGING, '--json']);
    assert.equal(ran.code, 101, ran.stderr);
    assert.deepEqual(told(ran.stdout), [
      'api deploy/api.yaml:5 [forbid localhost] DATABASE_URL is "postgres://shop:***@localhost:5432/shop": it leads to this machine',
      'api deploy/api.yaml:5 [tls] DATABASE_URL is "postgres://shop:***@localhost:5432/shop", which is not encrypted',
      'api deploy/api.yaml:9 [contradicts] DEBUG is "true" while MODE is "staging": they contradict each other',
      'api deploy/api.yaml:10 [min_length] BILLING_TOKEN has 8 characters, must have at least 20',
      'api deploy/api.yaml:10 [forbid placeholder] BILLING_TOKEN is set (8 characters, not shown): it is a placeholder',
      'web deploy/web.env:4 [hosts] PUBLIC_URL is "http://shop.example.com", its host must be *.staging.example.com',
      'web deploy/web.env:4 [tls] PUBLIC_URL is "http://shop.example.com", which is not encrypted',
      'web deploy/web.env:5 [matches] RETRIES is "33", must match [0-9]',
      'web deploy/web.env:6 [required] MODE is empty',
      'web deploy/common.env:2 [same] JWT_SECRET is not the one that api has',
    ]);
    for (const hidden of [SECRET, OTHER, 'geheim-4711', 'changeme'])
      assert.ok(!ran.stdout.includes(hidden), hidden);
  });

  it('one file, one service, this process: what is missing is told for whom it is missing', async () => {
    const dir = shop({ 'flat.json': '{ "MODE": "staging",\n  "RETRIES": 3 }\n' });
    const flat = await runner(dir, [...STAGING, '--file', 'web=flat.json', '--json']);
    assert.deepEqual(told(flat.stdout), [
      'web flat.json:1 [required] JWT_SECRET is not set',
      'web flat.json:1 [required] PUBLIC_URL is not set',
    ]);
    const own = await runner(dir, ['env', 'check', '--env', 'prod', '--service', 'web', '--json'], {
      env: { MODE: 'production', RETRIES: '1', JWT_SECRET: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
    });
    assert.deepEqual(ofTheTest(told(own.stdout)), [
      'web null:null [format] JWT_SECRET is set (40 characters, not shown), must be a random secret of at least 32 characters',
    ]);
    const besides = await runner(dir, [...STAGING, '--process', '-s', 'api', '--json'], {
      env: { MODE: 'staging' },
    });
    assert.deepEqual(
      ofTheTest(told(besides.stdout)),
      ['DATABASE_URL', 'SERVICE_ID', 'JWT_SECRET'].map(
        (name) => `api null:null [required] ${name} is not set`,
      ),
    );
  });

  it('F2: where no rule applies nothing was checked, and that is not green', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.env': 'A=1\n' });
    const ran = await runner(dir, ['env', 'check', '--file', 'a.env']);
    assert.equal(ran.code, 4);
    assert.match(ran.stdout, /✗ test: 0 checks of a\.env: no rule of the registry applies/);
  });

  it('what can not be read, or is unknown, is one message and exit 96', async () => {
    const dir = shop({
      'broken.yaml': 'a: [1\nb: 2\n',
      'other.yaml': 'kind: Service\nspec: { ports: [80] }\n',
    });
    for (const [args, message] of [
      [['--file', 'gone.env'], /gone\.env {2}a file of deployed variables can not be read\n.*ENOENT/],
      [['--file', 'broken.yaml'], /broken\.yaml:\d:1 {2}not valid YAML/],
      [['--file', 'other.yaml'], /other\.yaml {2}no variables were found in it/],
      [['--service', 'wbe'], /unknown service "wbe"\n.*did you mean "web"\?/],
      [['--file', 'wbe=a.env'], /unknown service "wbe"/],
      [['--file', 'web='], /--file web= names no file/],
    ] as const) {
      const ran = await runner(dir, [...STAGING, ...args]);
      assert.equal(ran.code, 96, args.join(' '));
      assert.match(ran.stderr, message);
      assert.doesNotMatch(ran.stderr, /\n\s+at .*\.m?js/);
    }
  });

  it('the deployment of the reference platform keeps the rules', async () => {
    const ran = await runner(REPOSITORY, [...STAGING, '--json']);
    assert.deepEqual(told(ran.stdout), [], ran.stderr);
    assert.equal(ran.code, 0);
  });
});
