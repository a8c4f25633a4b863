/** Waiting for a state that nobody announces: asked again and again, without a fixed sleep, with an end that fails. */
import assert from 'node:assert/strict';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

const DEADLINE_MS = 3_000;

/** Returns when `holds` answers true; fails with `what` where it has not within three seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `waited ${DEADLINE_MS} ms until ${what}`);
    await turn();
  }
}

/** What `promise` answers; fails with `what` where it has not within three seconds. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = new AbortController();
  const deadline = delay(DEADLINE_MS, undefined, { signal: late.signal }).then(() =>
    assert.fail(`waited ${DEADLINE_MS} ms until ${what}`),
  );
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => {}); // nobody waits for it any more
  }
}
