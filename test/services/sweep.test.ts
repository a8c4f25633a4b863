/** Who is removed: the very process that was meant, never whoever has its number now. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fateOf, identityOf, markOf, ownName, thisWorld } from '../../src/processes/index.ts';
import { startGuardian } from '../../src/services/guardian.ts';
import { hostOf, isAlive } from './harness.ts';

const RUN = '20260101-000000-beef';

/** A process that does nothing, in a group of its own, with that run's mark. */
function idle(t: TestContext, run: string): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
    detached: true,
    env: { [markOf(run).split('=')[0] ?? '']: run },
  });
  t.after(() => void child.kill('SIGKILL'));
  assert.ok(child.pid !== undefined);
  return child as ChildProcess & { readonly pid: number };
}

/** A folder of a run, with what its owner would have written. */
function folderOf(t: TestContext, owner: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), `utr-${RUN}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  if (owner !== null) writeFileSync(join(folder, 'owner'), `${RUN} ${owner}`);
  return folder;
}

/** What the start of any run does before all else. */
async function sweep(t: TestContext): Promise<void> {
  await hostOf(t, []).host.stop();
}

test('T11 a process is named by pid, start time, boot and namespace: each of them counts', () => {
  const [pid = '', start = '', boot = '', namespace = '', host = ''] = ownName().split(' ');
  const name = (...parts: string[]): string => parts.join(' ');
  assert.deepEqual([pid, boot], [String(process.pid), thisWorld().boot]);
  assert.equal(fateOf(ownName()), 'running');
  assert.equal(fateOf(name(pid, `${start}1`, boot, namespace, host)), 'ended');
  assert.equal(fateOf(name(pid, start, 'another', namespace, host)), 'rebooted');
  assert.equal(fateOf(name(pid, start, 'another', namespace, 'another')), 'elsewhere');
  assert.equal(fateOf(name(pid, start, boot, 'pid:[1]', host)), 'elsewhere');
  assert.equal(fateOf(''), 'elsewhere');
});

test('T11 F14 of a run before the last boot only folders are removed: its mark is on a process of now', async (t) => {
  const [pid, start, , namespace, host] = ownName().split(' ');
  const alive = idle(t, RUN);
  const folder = folderOf(t, [pid, start, 'another-boot', namespace, host].join(' '));
  await sweep(t);
  assert.deepEqual([existsSync(folder), isAlive(alive.pid)], [false, true]);
});

test('T11 F14 of a run whose pid is somebody else’s now the marked processes and folders are removed, not that one', async (t) => {
  const [, , ...world] = ownName().split(' ');
  const heir = idle(t, 'another');
  const marked = idle(t, RUN);
  const ended = once(marked, 'exit');
  const folder = folderOf(t, [heir.pid, '1', ...world].join(' '));
  await sweep(t);
  assert.deepEqual((await ended)[1], 'SIGKILL');
  assert.deepEqual([existsSync(folder), isAlive(heir.pid)], [false, true]);
});

test('F14 what lives, is elsewhere, or has no name yet stays; a nameless folder goes when it is old and empty', async (t) => {
  const [pid, , , namespace] = ownName().split(' ');
  const living = folderOf(t, ownName());
  const elsewhere = folderOf(t, [pid, '1', 'another', namespace, 'another'].join(' '));
  const young = folderOf(t, null);
  const old = folderOf(t, null);
  const filled = folderOf(t, null);
  mkdirSync(join(filled, 'something'));
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const folder of [old, filled]) utimesSync(folder, hourAgo, hourAgo);
  const soon = new Date(Date.now() + 60_000);
  utimesSync(young, soon, soon);
  await sweep(t);
  assert.deepEqual([living, elsewhere, young, old, filled].map(existsSync), [true, true, true, false, true]);
});

test('T11 the guardian kills a group by its leader’s start time too', async (t) => {
  const ours = idle(t, 'another');
  const heir = idle(t, 'another');
  const ended = once(ours, 'exit');
  const guardian = startGuardian(RUN);
  guardian.tell({ group: { pid: heir.pid, startTime: '1' }, is: 'there' });
  guardian.tell({ group: identityOf(ours.pid), is: 'there' });
  await guardian.dismiss();
  assert.equal((await ended)[1], 'SIGKILL');
  assert.equal(isAlive(heir.pid), true);
});
