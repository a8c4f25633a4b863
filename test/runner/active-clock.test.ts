import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActiveClock } from '../../src/runner/active-clock.ts';
import { overLimit } from '../../src/runner/limits.ts';
import type { Ending } from '../../src/runner/verdict.ts';

/** A clock that is driven by hand; `pass` goes in steps that are no pause. */
function driven(): { clock: ActiveClock; pass(ms: number): void; pause(ms: number): void } {
  let now = 0;
  const clock = new ActiveClock(() => now);
  return {
    clock,
    pass: (ms) => {
      for (let left = ms; left > 0; left -= 50) {
        now += Math.min(50, left);
        clock.tick();
      }
    },
    pause: (ms) => {
      now += ms;
      clock.tick();
    },
  };
}

describe('limits', () => {
  it('T12: a pause of the runner does not count, whatever its length', () => {
    const { clock, pass, pause } = driven();
    const rung: string[] = [];
    clock.after(1_000, () => rung.push('one'));
    const takeBack = clock.after(500, () => rung.push('never'));
    pass(450);
    takeBack();
    pause(3_600_000);
    pass(450);
    assert.deepEqual(rung, []);
    pass(100);
    assert.deepEqual(rung, ['one']);
  });

  it('idle counts from the last sign of life, slow is told once, and the whole time ends all', async () => {
    const { clock, pass } = driven();
    const ended = new AbortController();
    let activity = 0;
    let slow = 0;
    const watch = (idle: number | null): Promise<Ending> =>
      overLimit({
        clock,
        limits: { timeout: 10_000, idle, slow: 2_000 },
        activity: () => activity,
        slow: () => {
          slow += 1;
        },
        done: ended.signal,
      });
    const idle = watch(1_000);
    for (let n = 0; n < 5; n += 1) {
      pass(900);
      activity += 1;
    }
    assert.equal(slow, 1);
    pass(1_500);
    assert.deepEqual(await idle, { kind: 'timed-out', limit: 1_000, of: 'idle' });

    const whole = watch(null);
    pass(10_000);
    assert.deepEqual(await whole, { kind: 'timed-out', limit: 10_000, of: 'all' });
    ended.abort();
  });
});
