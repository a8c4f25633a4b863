/** Within the sandbox: the engine, the images, the tests on them, this repository's own suites, and what all of it took. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EventOf, readEventLog } from '../../src/events/index.ts';
import { compareWithTestcontainers } from './compared.ts';
import { makeImages } from './images.ts';
import { type Engine, startEngine } from './sandbox.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const REPOSITORY = at('../..');
const DOCKER = ['--provider', 'postgres=docker', '--provider', 'redis=docker'];
/** It starts the program behind REDIS_URL once more, which in a container it can't reach. */
const NOT_IN_CONTAINERS = 'redis-restart.test.ts';
const SUITES = ['database', 'auth'].flatMap((suite) =>
  readdirSync(at(`../../suites/${suite}`))
    .filter((name) => name.endsWith('.test.ts') && name !== NOT_IN_CONTAINERS)
    .map((name) => `suites/${suite}/${name}`),
);

const [folder = '', ...asked] = process.argv.slice(2);
const began = performance.now();
const tell = (line: string): void => console.log(`[docker] ${line}`);
const engine = await startEngine(folder, join(folder, 'engine'));
makeImages(engine, folder);
tell(
  `engine ${engine.docker('version', '--format', '{{.Server.Version}}').trim()} and its images: ${seconds(began)}`,
);

const env: NodeJS.ProcessEnv = {
  ...process.env,
  DOCKER_HOST: `unix://${engine.socket}`,
  NODE_PATH: at('node_modules'),
  PATH: `${join(folder, 'usr/bin')}:${process.env.PATH}`,
};
const failures: string[] = [];
const check = (what: string, right: boolean): void => {
  if (!right) failures.push(what);
};

const only = asked.length === 1 && (asked[0] === 'suites' || asked[0] === 'bench') ? asked[0] : null;
if (only === 'bench') {
  const met = await compareWithTestcontainers(env);
  check('the runner is not as much faster as it should be: docs/bench-docker.md', met);
}
if (only === null) {
  const all = readdirSync(at('tests'))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(at('tests'), name));
  const files = asked.length > 0 ? asked : all;
  const runner = ['--import', 'tsx', '--test', '--test-concurrency=1', '--test-reporter=spec'];
  const tests = node('inherit', ...runner, ...files);
  check('tests of the provider failed', tests.status === 0);
}

if (only === 'suites' || asked.length === 0) {
  const first = run('the suites database and auth', SUITES, ['--require-evidence']);
  check('the suites did not use docker', providersOf(first) === 'docker');
  tell(`first answer of Postgres: ${startOf(first, 'postgres')} ms in a container`);
  tell(`first answer of Redis: ${startOf(first, 'redis')} ms in a container`);
  const embedded = run('the same suites, embedded', SUITES, [], []);
  tell(`first answer of Postgres: ${startOf(embedded, 'postgres')} ms embedded, its template kept`);
  tell(`first answer of Redis: ${startOf(embedded, 'redis')} ms as a process`);
}
for (const failure of failures) tell(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** One run of this repository's own suites; afterwards no container may be left. */
function run(
  what: string,
  selection: readonly string[],
  more: readonly string[],
  providers: readonly string[] = DOCKER,
): readonly Event[] {
  const started = performance.now();
  const ran = node(
    'pipe',
    at('../../bin/runner.cjs'),
    ...selection,
    '--real-services',
    ...providers,
    ...more,
  );
  const last = ran.stdout.trimEnd().split('\n').at(-1)?.trim() ?? '';
  tell(`${what}: exit ${ran.status}, ${last}, ${seconds(started)}`);
  if (ran.status !== 0) console.log(ran.stdout + ran.stderr);
  check(`${what}: exit ${ran.status}`, ran.status === 0);
  const left = leftIn(engine);
  check(`${what}: ${left.length} containers left`, left.length === 0);
  const log = /\.runner\/runs\/\S+\/events\.ndjson/.exec(ran.stdout)?.[0];
  return log === undefined ? [] : readEventLog(join(REPOSITORY, log)).events.filter(isReady);
}

type Event = EventOf<'service.ready'>;
function isReady(event: { readonly kind: string }): event is Event {
  return event.kind === 'service.ready';
}

function stores(events: readonly Event[]): readonly Event[] {
  return events.filter(({ service, lease }) => lease === null && ['postgres', 'redis'].includes(service));
}

function providersOf(events: readonly Event[]): string {
  return [...new Set(stores(events).map(({ provider }) => provider))].join(' and ');
}

function startOf(events: readonly Event[], service: string): string {
  const ready = stores(events).find((one) => one.service === service);
  return ready === undefined ? 'unknown' : String(Math.round(ready.ms));
}

function leftIn({ docker }: Engine): readonly string[] {
  return docker('ps', '-aq', '--filter', 'label=unified-test-runner.run').split('\n').filter(Boolean);
}

function node(output: 'inherit' | 'pipe', ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, {
    cwd: REPOSITORY,
    env,
    encoding: 'utf8',
    stdio: ['ignore', output, output],
    maxBuffer: 64 * 1024 * 1024,
  });
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
