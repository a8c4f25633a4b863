/** The log of a large run, made up: what the page is measured with. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  attemptId,
  type EventFact,
  fileId,
  openEventLog,
  type RunId,
  runId,
} from '../../src/events/index.ts';

const TESTS_PER_FILE = 25;
const WORDS = [
  'session',
  'token',
  'order',
  'invoice',
  'refresh',
  'expiry',
  'retry',
  'lease',
  'frame',
  'agent',
];

/** @param tests how many, in files of 25 @returns path of the log, in a new folder */
export function largeLog(tests: number): string {
  const id: RunId = runId(new Date('2026-11-22T12:00:00Z'), 'b16b');
  const path = join(mkdtempSync(join(tmpdir(), 'large-')), id, 'events.ndjson');
  let now = 0;
  const log = openEventLog({ path, runId: id, clock: () => now });
  const files = Array.from({ length: Math.ceil(tests / TESTS_PER_FILE) }, (_, at) => ({
    file: fileId(`suites/area-${at % 20}/${WORDS[at % WORDS.length]}-${at}.test.ts`),
    suite: `area-${at % 20}`,
    category: at % 4 === 0 ? 'integration' : 'unit',
    service: at % 4 === 0 ? 'backend' : null,
    priority: 'P1',
    needs: [],
    tests: TESTS_PER_FILE,
  }));
  beginning(files).forEach(log.emit);
  for (const [at, { file }] of files.entries()) {
    const attempt = attemptId(id, at + 1, 1);
    log.emit({
      kind: 'file.started',
      file,
      attempt,
      number: 1,
      worker: (at % 8) + 1,
      pid: 1000 + at,
      bundled: true,
    });
    let failed = 0;
    for (let n = 0; n < TESTS_PER_FILE; n += 1) {
      now += 0.5;
      const red = (at * TESTS_PER_FILE + n) % 997 === 0;
      failed += red ? 1 : 0;
      log.emit({
        kind: 'test.finished',
        attempt,
        path: [
          `the ${WORDS[(at + n) % WORDS.length]} of user ${n}`,
          `keeps its ${WORDS[n % WORDS.length]} when number ${at} is changed`,
        ],
        verdict: red ? 'failed' : 'passed',
        ms: (n * 7 + at) % 90,
        at: { file: `/p/${file}`, line: n * 8 + 3, column: 1 },
        error: red
          ? { name: 'AssertionError', message: 'expected 1 winner, got 2', expected: '1', actual: '2' }
          : null,
        reason: null,
        logs: [],
      });
    }
    const counts = { passed: TESTS_PER_FILE - failed, failed, skipped: 0, todo: 0 };
    const end = {
      planned: TESTS_PER_FILE,
      exitCode: 0,
      signal: null,
      reason: null,
      error: null,
      output: null,
      outputBytes: 0,
      logs: [],
    };
    log.emit({
      kind: 'attempt.finished',
      attempt,
      file,
      verdict: failed > 0 ? 'failed' : 'passed',
      ms: 900,
      counts,
      ...end,
    });
  }
  const failed = Math.ceil((files.length * TESTS_PER_FILE) / 997);
  const all = files.length * TESTS_PER_FILE;
  const totals = {
    files: files.length,
    tests: all,
    passed: all - failed,
    failed,
    skipped: 0,
    todo: 0,
    notRun: 0,
  };
  log.emit({ kind: 'run.finished', totals, exitCode: 100, ms: now });
  log.close();
  return path;
}

function beginning(files: Extract<EventFact, { kind: 'plan' }>['files']): readonly EventFact[] {
  return [
    {
      kind: 'run.started',
      startedAt: '2026-11-22T12:00:00.000Z',
      version: '0',
      cwd: '/p',
      root: '/p',
      args: ['--keep-going'],
      config: '/p/runner.config.yaml',
      configHash: '0',
      env: 'test',
      node: process.version,
      platform: 'linux-x64',
      pid: 1,
    },
    {
      kind: 'plan',
      workers: 8,
      shuffle: null,
      realServices: true,
      categories: [
        { name: 'unit', priority: 'high', after: [], floor: null },
        { name: 'integration', priority: 'medium', after: ['unit'], floor: null },
      ],
      files,
      services: [],
      notSelected: [],
      incidents: [],
    },
  ];
}
