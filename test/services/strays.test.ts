/** Processes that nobody wrote down: their runner was killed while they were being forked. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { markOf, ownName } from '../../src/processes/index.ts';
import { hostOf, isAlive } from './harness.ts';
import { REPOSITORY } from './registry.ts';

/** Runs of before, one a test: the guardian of one test's run must not meet another's. */
const RUNS = ['20260101-000000-f04c', '20260101-000000-f04d', '20260101-000000-f04e'] as const;
/** As a server that overwrites its environment, which Redis and Postgres do: no mark, only a working folder. */
const UNMARKED = ['env', '-i', 'sleep', '600'];
/** ms in which a loaded machine has done everything */
const PATIENCE = 20_000;

function runFolder(t: TestContext, run: string): string {
  const folder = mkdtempSync(join(tmpdir(), `utr-${run}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function gone(t: TestContext, pid: number, folder: string): Promise<void> {
  t.after(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  const deadline = Date.now() + PATIENCE;
  while (isAlive(pid) || existsSync(folder)) {
    assert.ok(Date.now() < deadline, `left: process ${pid} ${isAlive(pid)}, folder ${existsSync(folder)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** SIGKILL to a runner whose guardian does not know the process. @returns its pid */
async function killedForking(
  t: TestContext,
  run: string,
  folder: string,
  command: readonly string[],
): Promise<number> {
  const fixture = join(REPOSITORY, 'test/services/fixtures/forking.ts');
  const runner = spawn(process.execPath, ['--import', 'tsx', fixture, run, folder, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => void runner.kill('SIGKILL'));
  const [pid] = await once(createInterface({ input: runner.stdout }), 'line');
  runner.kill('SIGKILL');
  return Number(pid);
}

/** Started by a shell that has ended, as whatever a killed runner leaves: its parent is the system's first process. */
async function orphan(t: TestContext, folder: string): Promise<number> {
  const shell = spawn('/bin/sh', ['-c', `setsid ${UNMARKED.join(' ')} > /dev/null 2>&1 & echo $!`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = await once(createInterface({ input: shell.stdout }), 'line');
  t.after(() => {
    if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
  });
  return Number(pid);
}

test('T11 F14 a server that was forked when its runner was killed is found by its working folder, and killed', async (t) => {
  const folder = runFolder(t, RUNS[0]);
  await gone(t, await killedForking(t, RUNS[0], folder, UNMARKED), folder);
});

test('T11 F14 one that only becomes the run’s own after the guardian has looked is found when it looks again', async (t) => {
  const folder = runFolder(t, RUNS[1]);
  const [name = ''] = markOf(RUNS[1]).split('=');
  const late = `cd /; while [ -d "${folder}" ]; do :; done; ${name}=${RUNS[1]} exec sleep 600`;
  await gone(t, await killedForking(t, RUNS[1], folder, ['/bin/sh', '-c', late]), folder);
});

test('T11 F14 one whose folder was removed with its run is killed by the next start, unless somebody has a right to it', async (t) => {
  const dead = runFolder(t, RUNS[2]);
  const inside = join(dead, 'redis-1');
  mkdirSync(inside);
  const stray = await orphan(t, inside);
  const child = spawn('env', UNMARKED.slice(1), { cwd: dead, stdio: 'ignore' });
  t.after(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  // A run that lives has another folder, whose owner lives: this process.
  const living = '20260101-000000-a11e';
  const its = ['1', '2'].map(() => mkdtempSync(join(tmpdir(), `utr-${living}-`)));
  t.after(() => its.map((folder) => rmSync(folder, { recursive: true, force: true })));
  const [first = '', second = ''] = its;
  writeFileSync(join(second, 'owner'), `${living} ${ownName()}`);
  const ofTheLiving = await orphan(t, first);
  const ordinary = mkdtempSync(join(tmpdir(), 'not-of-a-run-'));
  const stranger = await orphan(t, ordinary);
  for (const folder of [dead, first, ordinary]) rmSync(folder, { recursive: true });

  await hostOf(t, []).host.stop();

  assert.deepEqual([stray, child.pid ?? 0, ofTheLiving, stranger].map(isAlive), [false, true, true, true]);
});
