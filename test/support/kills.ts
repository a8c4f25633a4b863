/**
 * SIGKILL to runners, and to owners of a warm set. After each, a runner is started and left to its end. Soon after that
 * start nothing of the killed one may be left: no process, no folder, no shared memory segment. With the servers go their
 * databases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mulberry32 } from '../../src/categories/index.ts';
import type { EventKind } from '../../src/events/index.ts';
import { cleanEnvironment, eventIn, processesNaming, REPOSITORY } from './cli.ts';
import { idsIn, listed, remainsOf, runsOf, segments } from './remains.ts';

export interface Victim {
  readonly what: 'runner' | 'owner';
  /** ms after its process began; or, of a runner, once its log has such an event */
  readonly at: number | EventKind;
  /** how the tests of a runner go: through in 300 ms, or without an end */
  readonly tests: 'hang' | 'end';
}

export interface Killed extends Victim {
  /** for good, after the next runner had begun its run */
  readonly remains: readonly string[];
  /** ms from then until nothing was left; 0: it was clean before */
  readonly ms: number;
  /** exit code of that next runner */
  readonly next: number | null;
}

/** Longest time before the kill in ms: a run that does not hang takes about half of it. */
const LATEST = 2500;
/** ms after the next start, after which it is for good: a busy machine takes longer than the usual few hundred */
const PATIENCE = 15_000;
const RUNNER = join(REPOSITORY, 'bin', 'runner.cjs');

const REGISTRY = `version: 1
name: kills
services:
  postgres: { kind: postgres, migrate: { files: "*.sql" } }
  redis: redis
  api: { kind: process, run: [node, api.mjs], needs: [postgres, redis] }
suites:
  all: { category: unit, files: "*.test.mjs", needs: [api] }
`;
const API = `import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
createServer((_, response) => response.end()).listen(Number(process.env.PORT), '127.0.0.1');
`;
// One that hangs has a child in its group that hides the run's mark, and one outside of it that does not.
const TEST = `import { spawn } from 'node:child_process';
import { test } from 'node:test';
test('takes a while', () => new Promise((resolve) => {
  if (!process.env.HANG) return void setTimeout(resolve, 300);
  const idle = ['-e', 'setInterval(() => {}, 1000)', process.env.RUNNER_RUN_ID];
  spawn(process.execPath, idle, { stdio: 'ignore', env: {} });
  spawn(process.execPath, idle, { stdio: 'ignore', detached: true });
}));
`;

/** The same seed kills at the same moments. */
export function atRandom(runners: number, owners: number, seed: number): Victim[] {
  const random = mulberry32(seed);
  return Array.from({ length: runners + owners }, (_, number) => ({
    what: number < runners ? 'runner' : 'owner',
    at: Math.round(random() * LATEST),
    tests: number % 2 === 0 ? 'hang' : 'end',
  }));
}

export async function killEach(
  victims: readonly Victim[],
  say: (line: string) => void,
): Promise<readonly Killed[]> {
  const stand = makeStand();
  const killed: Killed[] = [];
  try {
    for (const victim of victims) {
      const before = new Set(segments());
      const runs = await stand.kill(victim);
      const { remains, ms, next } = await stand.next(() => [
        ...runs.flatMap(remainsOf),
        ...segments().filter((name) => !before.has(name)),
      ]);
      killed.push({ ...victim, remains, ms, next });
      const how = remains.length > 0 ? `left ${remains.join(', ')}` : `clean ${ms} ms`;
      say(`${victim.what} killed at ${victim.at}: ${how} after the next start, which ended with ${next}`);
    }
    return killed;
  } finally {
    await stand.end();
  }
}

type Ended = Pick<Killed, 'remains' | 'ms' | 'next'>;

interface Stand {
  /** Starts one and kills it. @returns the ids of what it was */
  kill(victim: Victim): Promise<readonly string[]>;
  /** Starts a runner that is not killed. */
  next(remains: () => readonly string[]): Promise<Ended>;
  end(): Promise<void>;
}

function makeStand(): Stand {
  const dir = mkdtempSync(join(tmpdir(), 'kills-'));
  const cache = mkdtempSync(join(tmpdir(), 'kills-cache-'));
  const programs = join(homedir(), '.cache', 'unified-test-runner', 'redis');
  mkdirSync(programs, { recursive: true });
  symlinkSync(programs, join(cache, 'redis'));
  const files = { 'runner.config.yaml': REGISTRY, '1.sql': 'create table t (id int);', 'api.mjs': API };
  for (const [name, text] of Object.entries({ ...files, 'a.test.mjs': TEST, 'b.test.mjs': TEST })) {
    writeFileSync(join(dir, name), text);
  }
  const env = { ...cleanEnvironment(), RUNNER_CACHE_DIR: cache };
  const runner = (args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess =>
    spawn(process.execPath, [RUNNER, ...args], { cwd: dir, env: { ...env, ...more }, stdio: 'ignore' });
  const runsDir = join(dir, '.runner', 'runs');
  const warm = (): string[] =>
    listed(join(cache, 'warm')).flatMap((name) => idsIn(join(cache, 'warm', name)));
  const owner = (): number | undefined =>
    processesNaming(dir).find(({ command }) => command.includes('services own'))?.pid;

  return {
    kill: async ({ what, at, tests }) => {
      const known = new Set([...idsIn(runsDir), ...warm()]);
      const more = tests === 'hang' ? { HANG: '1' } : {};
      const child = what === 'runner' ? runner(['--suite', 'all'], more) : runner(['services', 'up']);
      const over = ended(child);
      const victim = what === 'runner' ? child.pid : await found(owner, child);
      if (typeof at === 'number') await new Promise((resolve) => setTimeout(resolve, at));
      else await eventIn(dir, ({ kind, runId }) => kind === at && !known.has(runId));
      const runs = victim === undefined ? [] : runsOf(victim);
      if (victim !== undefined) killOne(victim);
      await over;
      const fresh = [...idsIn(runsDir), ...warm()].filter((name) => !known.has(name));
      return [...new Set([...runs, ...fresh])];
    },
    next: async (remains) => {
      const known = new Set(idsIn(runsDir));
      const child = runner(['--suite', 'all']);
      const over = ended(child);
      // Its folder is made when its run begins.
      const begun = await found(
        () =>
          idsIn(runsDir).find((name) => !known.has(name) && existsSync(join(runsDir, name, 'events.ndjson'))),
        child,
      );
      if (begun === undefined) return { remains: ['the next runner did not begin'], ms: 0, next: await over };
      const began = performance.now();
      let left = remains();
      while (left.length > 0 && performance.now() - began < PATIENCE) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        left = remains();
      }
      const ms = Math.round(performance.now() - began);
      return { remains: left, ms, next: await over };
    },
    end: async () => {
      await ended(runner(['services', 'down']));
      for (const folder of [dir, cache]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

/** Looks until there is one; undefined where the child ended before. */
async function found<T>(look: () => T | undefined, child: ChildProcess): Promise<T | undefined> {
  for (;;) {
    const over = child.exitCode !== null || child.signalCode !== null;
    const one = look();
    if (one !== undefined || over) return one;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was faster
  }
}
