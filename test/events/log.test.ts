import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { attemptId, fileId, openEventLog, readEventLog, runId } from '../../src/events/index.ts';
import { project } from '../support/cli.ts';
import { RUN, recorded } from '../support/recorded.ts';

describe('event log', () => {
  it('is on disk before a listener hears of it, in order, without a gap', () => {
    const path = join(project({}), 'deep', 'events.ndjson');
    const log = openEventLog({ path, runId: RUN });
    const onDisk: number[] = [];
    log.subscribe(() => onDisk.push(readEventLog(path).events.length));
    for (let n = 0; n < 3; n += 1) log.emit({ kind: 'warning', code: 'x', message: String(n) });
    log.close();
    assert.deepEqual(onDisk, [1, 2, 3]);
    assert.deepEqual(
      readEventLog(path).events.map(({ seq, v, runId: run }) => [seq, v, run]),
      [
        [1, 1, RUN],
        [2, 1, RUN],
        [3, 1, RUN],
      ],
    );
  });

  it('T17: times come from the monotonic clock and start at zero', () => {
    const { events } = recorded();
    assert.equal(events[0]?.t, 7);
    assert.deepEqual(
      events.map(({ t }) => t),
      [...events.map(({ t }) => t)].sort((a, b) => a - b),
    );
  });

  it('T16: a listener that throws is dropped and reported; the log and the others go on', () => {
    const path = join(project({}), 'events.ndjson');
    const broken: unknown[] = [];
    const heard: number[] = [];
    const log = openEventLog({ path, runId: RUN, onListenerError: (error) => broken.push(error) });
    log.subscribe(() => {
      throw new Error('reporter');
    });
    log.subscribe(({ seq }) => heard.push(seq));
    log.emit({ kind: 'warning', code: 'x', message: 'a' });
    log.emit({ kind: 'warning', code: 'x', message: 'b' });
    log.close();
    assert.equal(broken.length, 1);
    assert.deepEqual(heard, [1, 2]);
    assert.equal(readEventLog(path).events.length, 2);
  });

  it('a cut line and foreign lines are counted and hide nothing', () => {
    const { path, text, events } = recorded();
    const whole = readFileSync(path, 'utf8');
    const cut = text(`garbage\n[1]\n${whole.slice(0, -20)}`);
    const read = readEventLog(cut);
    assert.equal(read.events.length, events.length - 1);
    assert.equal(read.unreadable, 3);
  });

  it('ids are made of what needs no quoting anywhere', () => {
    const run = runId(new Date('2026-01-02T03:04:05Z'), '0b5abcde');
    assert.equal(run, '20260102-030405-0b5abcde');
    assert.equal(attemptId(run, 12, 1), '20260102-030405-0b5abcde.12.1');
    assert.equal(fileId('a\\b.ts'), 'a/b.ts');
  });
});
