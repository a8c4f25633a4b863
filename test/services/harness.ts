/** A host with a registry in memory, folders of its own (with a space and a letter beyond ASCII in their names), and facts. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import type { EnvironmentConfig, ServiceConfig } from '../../src/config/index.ts';
import {
  attemptId,
  type EventFact,
  fileId,
  newRunId,
  type ProviderName,
  type RunId,
} from '../../src/events/index.ts';
import {
  createServices,
  killEverythingNow,
  type Lease,
  type ServiceFailure,
  type ServiceHost,
} from '../../src/services/index.ts';

import { ENVIRONMENT, registryOf } from './registry.ts';

export { postgres, redis, service } from './registry.ts';

process.on('exit', killEverythingNow);

/** Fetched programs are shared with every other run on this machine; templates are this test file's alone. */
export function freshCache(): string {
  const cache = temporaryFolder('cache');
  const programs = join(homedir(), '.cache', 'unified-test-runner', 'redis');
  mkdirSync(programs, { recursive: true });
  symlinkSync(programs, join(cache, 'redis'));
  return cache;
}

export function temporaryFolder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `runner tést ${name} `));
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

export interface HostOptions {
  readonly root?: string;
  readonly cacheDir?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly environment?: Partial<EnvironmentConfig>;
  readonly leases?: number;
  readonly providers?: ReadonlyMap<string, ProviderName>;
}

export interface TestHost {
  readonly host: ServiceHost;
  readonly run: RunId;
  readonly runDir: string;
  readonly facts: EventFact[];
  /** a lease of all services; fails the test where it is refused */
  lease(number: number, env?: Record<string, string>, faults?: 'none' | 'proxied'): Promise<Lease>;
  leaseOf(number: number, needs: readonly string[]): Promise<Lease>;
  refused(number: number): Promise<ServiceFailure>;
}

/** Stopped after the test, which fails where anything is left of it. */
export function hostOf(
  t: TestContext,
  services: readonly ServiceConfig[],
  options: HostOptions = {},
): TestHost {
  const run = newRunId();
  const runDir = join(temporaryFolder('run'), run);
  const facts: EventFact[] = [];
  const config = registryOf(services, options.root);
  const environment = { ...ENVIRONMENT, ...options.environment };
  const host = createServices({
    config,
    environment,
    runId: run,
    runDir,
    emit: (fact) => void facts.push(fact),
    env: withoutRunner(options.env ?? process.env),
    leases: options.leases ?? 1,
    ...(options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }),
    ...(options.providers === undefined ? {} : { providers: options.providers }),
  });
  t.after(async () => {
    assert.deepEqual(await host.stop(), { leftovers: [] });
    assert.deepEqual(remainsOf(run), []);
  });
  const ask = (
    number: number,
    env: Record<string, string> = {},
    faults: 'none' | 'proxied' = 'none',
    needs: readonly string[] = services.map(({ name }) => name),
  ) =>
    host.lease({
      attempt: attemptId(run, number, 1),
      file: fileId('some.test.ts'),
      needs,
      faults,
      env,
    });
  return {
    host,
    run,
    runDir,
    facts,
    lease: async (number, env, faults) => {
      const granted = await ask(number, env, faults);
      assert.ok(granted.ok, granted.ok ? '' : describe(granted.error));
      return granted.value;
    },
    leaseOf: async (number, needs) => {
      const granted = await ask(number, {}, 'none', needs);
      assert.ok(granted.ok, granted.ok ? '' : describe(granted.error));
      return granted.value;
    },
    refused: async (number) => {
      const granted = await ask(number);
      assert.ok(!granted.ok, 'the lease was granted');
      return granted.error;
    },
  };
}

const describe = ({ service: name, reason, logTail }: ServiceFailure): string =>
  [`${name}: ${reason}`, ...logTail].join('\n');

/** The tests may themselves run below the runner, with services of its own in the environment. */
function withoutRunner(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const outer = ['RUNNER_POSTGRES_URL', 'RUNNER_REDIS_URL', 'RUNNER_APP_URL'];
  const ours = env === process.env ? outer : [];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.includes(name)));
}

/** Processes and folders that carry the run's id, found without the help of what is tested. */
export function remainsOf(run: string): string[] {
  const folders = ['/dev/shm', '/tmp', tmpdir()].flatMap((parent) =>
    listed(parent)
      .filter((name) => name.startsWith(`utr-${run}`))
      .map((name) => join(parent, name)),
  );
  const processes = listed('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    const texts = [read(`/proc/${pid}/environ`), read(`/proc/${pid}/cmdline`), linkOf(`/proc/${pid}/cwd`)];
    return texts.some((text) => text.includes(run));
  });
  return [...new Set(folders), ...processes.map((pid) => `process ${pid} ${read(`/proc/${pid}/cmdline`)}`)];
}

export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function factsOf<K extends EventFact['kind']>(
  facts: readonly EventFact[],
  kind: K,
): Extract<EventFact, { kind: K }>[] {
  return facts.filter((fact): fact is Extract<EventFact, { kind: K }> => fact.kind === kind);
}

export function variable(lease: Lease, name: string): string {
  const value = lease.env[name];
  assert.ok(value !== undefined, `the lease has no ${name}`);
  return value;
}
