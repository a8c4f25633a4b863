/** The lock between runs: whoever holds it, nobody waits for the dead, or for ever. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fateOf, ownName } from '../../src/processes/index.ts';
import { takeLock } from '../../src/services/lock.ts';
import { temporaryFolder } from './harness.ts';

const never = new AbortController().signal;

/** A lock that somebody else left, `age` ms old. */
function left(holder: string, age = 0): string {
  const path = join(temporaryFolder('lock'), '.lock');
  mkdirSync(path);
  writeFileSync(join(path, 'holder'), holder);
  const then = new Date(Date.now() - age);
  utimesSync(path, then, then);
  return path;
}

test('T11 the lock of a dead holder, of another boot, or of another container long ago is taken over', async () => {
  const [pid, start, boot, namespace, host] = ownName().split(' ');
  const dead = [
    left([pid, `${start}1`, boot, namespace, host].join(' ')),
    left([pid, start, 'another', namespace, host].join(' ')),
    left([pid, start, boot, 'pid:[1]', host].join(' '), 120_000),
  ];
  for (const path of dead) {
    const lock = await takeLock(path, never);
    assert.equal(fateOf(readFileSync(join(path, 'holder'), 'utf8')), 'running');
    await lock?.release();
    assert.equal(existsSync(path), false);
  }
});

test('T11 a lock whose holder lives is waited for, until it is given back or the run is stopped', async () => {
  const path = left(ownName());
  const stop = new AbortController();
  const waiting = takeLock(path, stop.signal);
  stop.abort();
  assert.equal(await waiting, null);
  const other = join(temporaryFolder('lock'), '.lock');
  const first = await takeLock(other, never);
  const second = takeLock(other, never);
  await first?.release();
  assert.ok((await second) !== null);
});
