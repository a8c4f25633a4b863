import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../src/config/index.ts';
import {
  checkEnvironment,
  environmentChecks,
  isGo,
  readSources,
  verifyRecord,
} from '../../src/gate/index.ts';
import { project, REPOSITORY, runner } from '../support/cli.ts';

type VerifyOptions = Parameters<typeof verifyRecord>[0];

const REGISTRY = `version: 1
name: shop
categories: { unit: { priority: high, description: everything } }
suites:
  orders: { title: Orders, category: unit, priority: P0, files: orders.test.mjs, env: { BROKEN: "\${env.BROKEN:-no}" } }
  stock: { title: Stock, category: unit, priority: P1, files: stock.test.mjs }
environments:
  staging: { deployments: { shop: shop.env } }
  prod: {}
incidents:
  2025-09-07-id:
    symptom: refusals every 60 s
    cause: a deploy script wrote a timestamp
    remedy: write shop-api, and nothing behind it
    guards: "orders.test.mjs > refuses an id with a timestamp"
rules:
  SERVICE_ID: { services: shop, equals: shop-api, impact: every call is refused, incident: 2025-09-07-id }
  DATABASE_URL: { services: shop, environments: staging, format: postgres-url }
gate: { floors: { orders: 3 } }
`;
const ORDERS = `import assert from 'node:assert/strict';
import { test } from 'node:test';
const broken = process.env.BROKEN; // audit-ignore environment: what this fixture is about
test('takes an order', () => assert.notEqual(broken, 'order'));
test('refuses an id with a timestamp', () => assert.notEqual(broken, 'incident'));
test('keeps an order', { skip: broken === 'skipped' }, () => assert.equal(typeof broken, 'string')); // audit-ignore skipped: to be seen by the gate
`;
const GOOD = 'SERVICE_ID=shop-api\nDATABASE_URL=postgres://shop:geheim-4711@db.example.com/shop\n';
const STOCK =
  "import { test } from 'node:test';\ntest('is nobody of the gate', () => { throw new Error('red'); });\n";

function shop(more: Readonly<Record<string, string>> = {}): { dir: string; commit: string } {
  const dir = project({
    'runner.config.yaml': REGISTRY,
    'orders.test.mjs': ORDERS,
    'stock.test.mjs': STOCK,
    'shop.env': GOOD,
    '.gitignore': '.runner\nrecord.json\n',
    ...more,
  });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: dir,
      encoding: 'utf8',
    }).trim();
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  return { dir, commit: git('rev-parse', 'HEAD') };
}
const GATE = ['predeploy', '--env', 'staging', '--record', 'record.json'];
const recordOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'record.json'), 'utf8'));
const states = (dir: string): readonly string[] =>
  recordOf(dir).checks.map(({ id, state }: { id: string; state: string }) => `${state} ${id}`);

describe('runner predeploy', () => {
  it('GO: variables, audit, suites, floors, incidents, budgets, tear-down; the record says what it is about', async () => {
    const { dir, commit } = shop();
    const ran = await runner(dir, GATE);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(
      ran.stdout,
      /\n GO {2}staging {2}8 checks held {2}run \d{8}-\d{6}-[0-9a-f]{8} · \d+\.\d s\n/,
    );
    assert.match(
      ran.lastLine,
      new RegExp(`^ commit ${commit.slice(0, 10)}, 2 variables checked; record record\\.json$`),
    );
    assert.deepEqual(states(dir), [
      'held environment:shop',
      'held audit',
      'held suite:orders',
      'held floor:orders',
      'held incident:2025-09-07-id',
      'held flaky',
      'held skipped',
      'held tear-down',
    ]);
    const record = recordOf(dir);
    const [started] = ran.of('run.started');
    assert.deepEqual(
      [record.verdict, record.commit, record.dirty, record.run.id, record.config.sha256],
      ['GO', commit, false, started?.runId, started?.configHash],
    );
    assert.ok(!readFileSync(join(dir, 'record.json'), 'utf8').includes('geheim-4711'));
    const verified = await runner(dir, ['predeploy', 'verify', 'record.json', '--max-age', '1h']);
    assert.deepEqual([verified.code, verified.stdout.includes(`GO  staging  commit ${commit}`)], [0, true]);
  });

  it('a tampered record, a tampered log, another commit, an old record and a wrong key all fail verify', async () => {
    const { dir, commit } = shop();
    const key = { env: { RUNNER_SIGNING_KEY: 'of-the-deploy' } };
    await runner(dir, GATE, key);
    const path = join(dir, 'record.json');
    const whole = readFileSync(path, 'utf8');
    const cli = async (...args: readonly string[]): Promise<string> => {
      const ran = await runner(dir, ['predeploy', 'verify', 'record.json', ...args], key);
      assert.equal(ran.code, ran.stdout.startsWith(' GO ') ? 0 : 102, ran.stdout);
      return ran.stdout;
    };
    assert.match(await cli(), /^ GO .*; unchanged, signed\n$/);
    assert.match(
      await cli('--commit', 'f'.repeat(40)),
      new RegExp(`it is about commit ${commit}, here is f{40}`),
    );
    const faults = (more: Partial<VerifyOptions> = {}): string =>
      verifyRecord({
        path,
        key: 'of-the-deploy',
        commit,
        now: Date.now(),
        maxAge: null,
        ...more,
      }).faults.join('\n');
    assert.equal(faults(), '');
    assert.match(faults({ key: null }), /^it is signed with a key that is not here/);
    assert.match(faults({ key: 'of-somebody' }), /its digest is another one$/);
    assert.match(faults({ now: Date.now() + 7_200_000, maxAge: 3_600_000 }), /longer ago than is allowed$/);
    for (const [from, to, why] of [
      ['"state": "held"', '"state": "broken"', /its digest is another one\n.*its checks say otherwise/],
      [commit, 'e'.repeat(40), /its digest is another one\n.*it is about commit e{40}/],
      ['"kind": "runner predeploy record"', '"kind": "x"', /it is no record of runner predeploy/],
      ['"hmac-sha256"', '"sha256"', /it is not signed, and a key is here/],
    ] as const) {
      writeFileSync(path, whole.replace(from, to));
      assert.match(faults(), why);
    }
    assert.match(await cli(), /✗ it is not signed, .*\n.*NO-GO {2}the record can not be relied on\n$/);
    writeFileSync(path, whole);
    const log = join(dir, recordOf(dir).run.log);
    writeFileSync(log, readFileSync(log, 'utf8').replace('"passed":3', '"passed":4'));
    assert.match(faults(), /the log of its run was changed/);
    assert.match(
      (await runner(dir, ['predeploy', 'verify', 'gone.json'])).stderr,
      /no such record: gone\.json/,
    );
  });

  it('the bad value of an incident in a deployment: NO-GO with its name, its place and its remedy; nothing is run', async () => {
    const { dir } = shop({
      'bad.env': `# written by a script\n${GOOD.replace('shop-api', 'shop-api-1757251019')}`,
    });
    const ran = await runner(dir, [...GATE, '--file', 'shop=bad.env', '--quiet']);
    assert.equal(ran.code, 102);
    assert.equal(ran.events.length, 0);
    assert.match(
      ran.stdout,
      new RegExp(
        [
          ' NO-GO {2}staging {2}1 of 3 checks {2}\\d+\\.\\d s',
          ' ○ suites, incidents and budgets were not looked at; mend what is above; --keep-going runs them all the same',
          ' ✗ SERVICE_ID is "shop-api-1757251019", must be shop-api: every call is refused',
          '     incident 2025-09-07-id: refusals every 60 s; set SERVICE_ID=shop-api \\(bad\\.env:2\\)',
        ].join('\n'),
      ),
    );
    const going = await runner(dir, [...GATE, '--file', 'shop=bad.env', '--keep-going']);
    assert.deepEqual([going.code, going.of('run.finished').length], [102, 1]);
  });

  it('a guard that fails, a skipped test under a floor, an audit with findings, nothing to deploy: NO-GO, each by its name', async () => {
    const { dir } = shop();
    const failing = await runner(dir, GATE, { env: { BROKEN: 'incident' } });
    assert.equal(failing.code, 102);
    assert.match(
      failing.stdout,
      /✗ orders: 1 failed, first orders\.test\.mjs: refuses an id with a timestamp\n {5}again: runner --suite orders/,
    );
    assert.match(
      failing.stdout,
      /✗ 2025-09-07-id may come back: its guard failed\n {5}incident 2025-09-07-id: refusals every 60 s; write shop-api, and nothing behind it \(orders/,
    );
    const skipped = await runner(dir, GATE, { env: { BROKEN: 'skipped' } });
    assert.equal(skipped.code, 102);
    assert.deepEqual(
      states(dir).filter((state) => !state.startsWith('held')),
      ['broken floor:orders', 'broken skipped'],
    );
    const nowhere = await runner(dir, ['predeploy', '--env', 'prod', '--json']);
    assert.equal(nowhere.code, 102);
    assert.equal(JSON.parse(nowhere.stdout).checks[0].reason, 'no deployment of prod is known');
    writeFileSync(join(dir, 'orders.test.mjs'), `${ORDERS}test('empty', () => {});\n`);
    const audited = await runner(dir, GATE);
    assert.match(
      audited.stdout,
      /✗ the audit of 1 files found 1: "empty" asserts nothing\n {5}runner audit shows them all \(orders\.test\.mjs:7\)/,
    );
    assert.equal(recordOf(dir).dirty, true);
  });

  it('the incidents of the reference platform that a deployment can cause: each NO-GO, by its name', async () => {
    const services = readFileSync(join(REPOSITORY, 'platform/deploy/staging/services.yaml'), 'utf8');
    const frontend = readFileSync(join(REPOSITORY, 'platform/deploy/staging/frontend.env'), 'utf8');
    const line = (text: string, holding: string): string =>
      text
        .split('\n')
        .filter((one) => !one.includes(holding))
        .join('\n');
    const api = 'https://api.staging.netrasystems.ai';
    const bad: Readonly<Record<string, readonly [string, string]>> = {
      '2025-09-02-discovery-localhost': ['frontend=a.env', frontend.replace(api, 'http://localhost:8000')],
      '2025-09-03-frontend-env-missing': ['frontend=b.env', `NEXT_PUBLIC_API_URL=${api}\n`],
      '2025-09-05-service-secret-missing': ['backend=c.yaml', line(services, 'SERVICE_SECRET')],
      '2025-09-07-service-id-timestamp': [
        'backend=d.yaml',
        services.replace('value: netra-backend', 'value: netra-auth-staging-1757251019'),
      ],
      'staging-subdomain': ['frontend=e.env', frontend.replace(api, 'https://staging.netrasystems.ai')],
    };
    const dir = project(
      Object.fromEntries(Object.values(bad).map(([file, text]) => [file.split('=')[1] ?? '', text])),
    );
    const fileOf = (file: string): string => file.replace('=', `=${dir}/`);
    const loaded = loadConfig({ cwd: REPOSITORY, env: {} });
    assert.ok(loaded.ok);
    const config = loaded.value;
    for (const [incident, [named]] of Object.entries(bad)) {
      const [service = '', file = ''] = fileOf(named).split('=');
      const sets = readSources(config, [{ service, file }], {});
      assert.ok(sets.ok);
      const found = checkEnvironment({ config, environment: 'staging', sets: sets.value, services: [] });
      const checks = environmentChecks(config, 'staging', found);
      assert.equal(isGo(checks), false);
      const [blamed] = checks.filter((check) => check.incident?.id === incident);
      assert.match(blamed?.where ?? 'nowhere', new RegExp(`${named.split('=')[1]}(:\\d+)?$`));
      assert.ok(
        checks.every(({ state, remedy }) => state !== 'broken' || remedy !== ''),
        incident,
      );
    }
  });
});
