/** A killed run gets its record from the next one; a run whose record was pruned does not get it back. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEventLog, runId } from '../../src/events/index.ts';
import { recoverRuns, thisMachine } from '../../src/history/index.ts';
import { recordedRuns } from '../../src/history/store.ts';

const root = mkdtempSync(join(tmpdir(), 'recovered-'));
after(() => rmSync(root, { recursive: true }));
const [runs, history] = [join(root, 'runs'), join(root, 'history')];
const idAt = (minute: number) => runId(new Date(Date.UTC(2026, 0, 1, 0, minute)), 'aaaa');

/** The log of a run that told of nothing but its beginning and its plan, by a process that is long gone. */
function killedAt(minute: number): string {
  const id = idAt(minute);
  mkdirSync(join(runs, id), { recursive: true });
  const log = openEventLog({ path: join(runs, id, 'events.ndjson'), runId: id });
  log.emit({
    kind: 'run.started',
    startedAt: new Date(0).toISOString(),
    version: '0',
    cwd: root,
    root,
    args: [],
    config: join(root, 'runner.config.yaml'),
    configHash: '',
    env: 'test',
    node: process.version,
    platform: 'linux-x64',
    pid: 2 ** 22 + 1, // more than Linux gives
  });
  const none = { shuffle: null, categories: [], files: [], services: [], notSelected: [], incidents: [] };
  log.emit({ kind: 'plan', workers: 1, realServices: false, ...none });
  log.close();
  return id;
}

test('of runs without a record the killed one gets it, the pruned one does not', () => {
  mkdirSync(history);
  const pruned = killedAt(0);
  for (let minute = 1; minute <= 20; minute += 1)
    writeFileSync(join(history, `${idAt(minute)}.files.ndjson`), '');
  const killed = killedAt(21);
  recoverRuns(runs, history, idAt(22), { commit: null, machine: thisMachine({}) });
  const recorded = recordedRuns(history);
  assert.deepEqual([recorded.has(killed), recorded.has(pruned)], [true, false]);
});
