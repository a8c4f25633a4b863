/** A project for the benchmark, in a folder of its own, and the command line on it. */
import { spawn } from 'node:child_process';
import {
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
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type RunnerEvent, readEventLog } from '../../src/events/index.ts';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const RUNNER = join(REPOSITORY, 'bin', 'runner.cjs');
const module = (path: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', path)).href;

const REGISTRY = `version: 1
name: bench
services:
  postgres: { kind: postgres, migrate: { files: "*.sql" } }
  redis: redis
suites:
  first: { category: unit, files: "first.test.mjs", needs: [postgres, redis] }
  many: { category: unit, files: "many/*.test.mjs", needs: [postgres, redis] }
`;

/** Asks both at once, and says when the answers came. */
const FIRST = `import { test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { Redis } from '${module('ioredis/built/index.js')}';
import pg from '${module('pg/esm/index.mjs')}';
test('asks both', async () => {
  const now = () => performance.timeOrigin + performance.now();
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  const cache = new Redis(process.env.REDIS_URL);
  const query = db.connect().then(() => db.query('select 1')).then(now);
  const reply = cache.ping().then(now);
  const answered = { query: await query, reply: await reply };
  await db.end();
  cache.disconnect();
  writeFileSync(process.env.ANSWERED, JSON.stringify(answered));
});
`;
const ONE_OF_MANY = `import { test } from 'node:test';
import pg from '${module('pg/esm/index.mjs')}';
test('asks', async () => {
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await db.connect();
  await db.query('insert into items values (1)');
  await db.end();
});
`;

export interface Project {
  readonly dir: string;
  readonly cache: string;
  /** @returns its events. @throws with what it said where it did not end with 0 */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<readonly RunnerEvent[]>;
  remove(): void;
}

/** @param many how many files there are besides the first */
export function makeProject(many: number): Project {
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  const cache = join(dir, 'cache');
  mkdirSync(join(dir, 'many'));
  mkdirSync(cache);
  const programs = join(homedir(), '.cache', 'unified-test-runner', 'redis');
  mkdirSync(programs, { recursive: true });
  symlinkSync(programs, join(cache, 'redis'));
  writeFileSync(join(dir, 'runner.config.yaml'), REGISTRY);
  writeFileSync(join(dir, '1.sql'), 'create table items (id int);');
  writeFileSync(join(dir, 'first.test.mjs'), FIRST);
  for (let at = 0; at < many; at += 1) writeFileSync(join(dir, 'many', `${at}.test.mjs`), ONE_OF_MANY);
  return {
    dir,
    cache,
    run: (args, env = {}) => run(dir, args, { RUNNER_CACHE_DIR: cache, ...env }),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function run(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly RunnerEvent[]> {
  const before = new Set(runsIn(dir));
  const child = spawn(process.execPath, [RUNNER, ...args], {
    cwd: dir,
    // Where it is set, every process of Node reads a list of certificates first.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`runner ${args.join(' ')} ended with ${code}:\n${said}`);
  const made = runsIn(dir).find((name) => !before.has(name));
  return made === undefined ? [] : readEventLog(join(dir, '.runner', 'runs', made, 'events.ndjson')).events;
}

function runsIn(dir: string): string[] {
  try {
    return readdirSync(join(dir, '.runner', 'runs'));
  } catch {
    return [];
  }
}

/** When the test in `first.test.mjs` got its answers, in ms of the wall clock. */
export const answeredIn = (path: string): { readonly query: number; readonly reply: number } =>
  JSON.parse(readFileSync(path, 'utf8'));

/** When both servers had answered the runner with a round trip of their protocols, in ms of the wall clock. */
export function readyIn(events: readonly RunnerEvent[]): number {
  const started = events.find((event) => event.kind === 'run.started');
  if (started === undefined) throw new Error('the run has no beginning');
  const ready = events.flatMap((event) =>
    event.kind === 'service.ready' && event.lease === null ? [event.t] : [],
  );
  if (ready.length !== 2) throw new Error(`${ready.length} servers were ready, not 2`);
  return Date.parse(started.startedAt) - started.t + Math.max(...ready);
}
