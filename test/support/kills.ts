/**
 * SIGKILL at random moments: to runners, and to owners of a warm set. After each, the next one is started, and a second
 * later nothing of the killed one may be left: no process, no folder, no shared memory segment. With the servers go
 * their databases. The seed is printed, and the same seed kills at the same moments.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, processesNaming, REPOSITORY } from './cli.ts';

export interface KillOptions {
  readonly runners: number;
  readonly owners: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface Killed {
  readonly what: 'runner' | 'owner';
  /** ms after its start */
  readonly at: number;
  readonly run: string | null;
  readonly remains: readonly string[];
}

/** Longest time before the kill in ms: the run takes about half of it. */
const LATEST = { runner: 2500, owner: 2500 };
const RUNNER = join(REPOSITORY, 'bin', 'runner.mjs');

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
const TEST = `import { test } from 'node:test';
test('takes a while', () => new Promise((resolve) => setTimeout(resolve, 300)));
`;

export async function killAtRandom(options: KillOptions): Promise<readonly Killed[]> {
  const { seed, say } = options;
  const random = randomOf(seed);
  const stand = makeStand();
  const before = new Set(segments());
  const killed: Killed[] = [];
  say(`seed ${seed}`);
  try {
    for (const what of ['runner', 'owner'] as const) {
      let last: { readonly at: number; readonly run: string | null } | null = null;
      const times = what === 'runner' ? options.runners : options.owners;
      // One more than is killed: the start after the last.
      for (let number = 0; number <= times; number += 1) {
        const at = Math.round(random() * LATEST[what]);
        const known = new Set(stand.runs(what));
        const started = performance.now();
        const child = stand.start(what);
        if (last !== null) {
          await until(started + 1000);
          const remains = [...remainsOf(last.run), ...segments().filter((name) => !before.has(name))];
          killed.push({ what, ...last, remains });
          say(`${what} ${number}: killed after ${last.at} ms, left ${remains.join(', ') || 'nothing'}`);
        }
        await until(started + at);
        const run = stand.runs(what).find((name) => !known.has(name)) ?? null;
        await stand.kill(what, child);
        last = { at, run };
      }
    }
    return killed;
  } finally {
    await stand.end();
  }
}

interface Stand {
  start(what: Killed['what']): ReturnType<typeof spawn>;
  /** ids of what has been started so far */
  runs(what: Killed['what']): readonly string[];
  kill(what: Killed['what'], child: ReturnType<typeof spawn>): Promise<void>;
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
  const runner = (args: readonly string[]) =>
    spawn(process.execPath, [RUNNER, ...args], { cwd: dir, env, stdio: 'ignore' });
  const ended = (child: ReturnType<typeof spawn>): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });
  const owner = (): number | null =>
    processesNaming(dir).find(({ command }) => command.includes('services own'))?.pid ?? null;
  return {
    start: (what) => runner(what === 'runner' ? ['--suite', 'all'] : ['services', 'up']),
    runs: (what) =>
      what === 'runner'
        ? idsIn(join(dir, '.runner', 'runs'))
        : listed(join(cache, 'warm')).flatMap((name) => idsIn(join(cache, 'warm', name))),
    kill: async (what, child) => {
      const pid = what === 'runner' ? child.pid : owner();
      if (pid !== undefined && pid !== null) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it was faster
        }
      }
      await ended(child);
    },
    end: async () => {
      await ended(runner(['services', 'down']));
      for (const folder of [dir, cache]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;
const idsIn = (folder: string): string[] => listed(folder).filter((name) => ID.test(name));
const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function remainsOf(run: string | null): string[] {
  if (run === null) return [];
  const folders = ['/dev/shm', tmpdir()].flatMap((parent) =>
    listed(parent)
      .filter((name) => name.includes(run))
      .map((name) => join(parent, name)),
  );
  return [...folders, ...processesNaming(run).map(({ pid, command }) => `process ${pid} ${command}`)];
}

/** Segments that no living process has mapped: those of servers that run beside us are theirs. */
function segments(): string[] {
  const found = listed('/dev/shm').filter((name) => name.startsWith('PostgreSQL.'));
  if (found.length === 0) return [];
  const mapped = listed('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/maps`, 'latin1');
      } catch {
        return ''; // it ended meanwhile
      }
    })
    .join('');
  return found.filter((name) => !mapped.includes(`/dev/shm/${name}`) && existsSync(`/dev/shm/${name}`));
}

async function until(moment: number): Promise<void> {
  const left = moment - performance.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}

/** mulberry32: small, seeded, good enough to spread moments. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
