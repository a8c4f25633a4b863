/** Waiting for a state that nobody announces: asked again and again, without a fixed sleep, with an end that fails. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 8_000;
/** ms between two questions: soon at first, then often enough to go unnoticed, and cheap for whoever is waited for */
const [SOONEST_MS, LATEST_MS] = [1, 16];

/** Returns when `holds` answers true; fails with `what` where it has not within eight seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (let pause = SOONEST_MS; !(await holds()); pause = Math.min(2 * pause, LATEST_MS)) {
    assert.ok(Date.now() < deadline, `waited ${DEADLINE_MS} ms until ${what}`);
    await delay(pause);
  }
}

/** What `promise` answers; fails with `what` where it has not within eight seconds. */
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
