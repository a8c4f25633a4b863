/** A recorded run that holds every verdict, as facts; written through the real log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  type AttemptId,
  attemptId,
  type EventFact,
  type FileVerdict,
  fileId,
  openEventLog,
  type PlannedFileFact,
  type RunnerEvent,
  runId,
  type TestVerdict,
} from '../../src/events/index.ts';

export const RUN = runId(new Date('2026-11-22T12:04:12Z'), '7c1f');

interface RecordedFile {
  readonly name: string;
  readonly category: string;
  readonly suite: string;
  readonly service: string | null;
  readonly verdict: FileVerdict;
  readonly reason: string | null;
  readonly tests: readonly (readonly [title: string, verdict: TestVerdict])[];
}

export const FILES: readonly RecordedFile[] = [
  {
    name: 'a/green.test.ts',
    category: 'unit',
    suite: 'a',
    service: null,
    verdict: 'passed',
    reason: null,
    tests: [
      ['one', 'passed'],
      ['two', 'passed'],
      ['later', 'skipped'],
    ],
  },
  {
    name: 'a/red.test.ts',
    category: 'unit',
    suite: 'a',
    service: null,
    verdict: 'failed',
    reason: null,
    tests: [
      ['good', 'passed'],
      ['bad', 'failed'],
    ],
  },
  {
    name: 'b/slow.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'timed-out',
    reason: 'did not end within 1 s',
    tests: [['quick', 'passed']],
  },
  {
    name: 'b/dead.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'crashed',
    reason: 'killed by SIGSEGV',
    tests: [],
  },
  {
    name: 'b/left.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'aborted',
    reason: 'exited with code 0 before its end',
    tests: [['first', 'passed']],
  },
  {
    name: 'b/leak.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'leaked',
    reason: 'left 1 process running',
    tests: [['fine', 'passed']],
  },
  {
    name: 'b/none.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'no-tests',
    reason: 'it ran no test',
    tests: [],
  },
  {
    name: 'b/infra.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'infra-failed',
    reason: 'redis died',
    tests: [],
  },
  {
    name: 'b/idea.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'skipped',
    reason: null,
    tests: [['some day', 'todo']],
  },
  {
    name: 'b/never.test.ts',
    category: 'integration',
    suite: 'b',
    service: 'shop',
    verdict: 'not-run',
    reason: 'category unit failed',
    tests: [],
  },
];

const attempt = (at: number): AttemptId => attemptId(RUN, at + 1, 1);

export function recordedFacts(): readonly EventFact[] {
  const plan: PlannedFileFact[] = FILES.map(({ name, suite, category, service }) => ({
    file: fileId(name),
    suite,
    category,
    service,
    priority: 'P1',
    needs: [],
    tests: null,
  }));
  const facts: EventFact[] = [
    {
      kind: 'run.started',
      startedAt: '2026-11-22T12:04:12.000Z',
      version: '0',
      cwd: '/p',
      root: '/p',
      args: [],
      config: '/p/runner.config.yaml',
      configHash: 'x',
      env: 'test',
      node: 'v20',
      platform: 'linux-x64',
      pid: 1,
    },
    {
      kind: 'plan',
      workers: 2,
      shuffle: null,
      realServices: true,
      categories: [
        { name: 'unit', priority: 'high', after: [], floor: null },
        { name: 'integration', priority: 'medium', after: ['unit'], floor: null },
      ],
      files: plan,
      services: ['redis'],
      notSelected: [],
      incidents: [],
    },
    {
      kind: 'service.ready',
      service: 'redis',
      provider: 'binary',
      version: '7.0.15',
      endpoint: '127.0.0.1:6400',
      ms: 20,
      lease: null,
      log: null,
    },
  ];
  for (const [at, { name, verdict, reason, tests }] of FILES.entries()) {
    const file = fileId(name);
    if (verdict === 'not-run') {
      facts.push({ kind: 'file.not-run', file, reason: reason ?? '' });
      continue;
    }
    facts.push({
      kind: 'file.started',
      file,
      attempt: attempt(at),
      number: 1,
      worker: 1,
      pid: 10 + at,
      bundled: true,
    });
    for (const [title, test] of tests) {
      facts.push({ kind: 'test.started', attempt: attempt(at), path: [title] });
      const error =
        test === 'failed' ? { name: 'AssertionError', message: 'expected 1 winner, got 2' } : null;
      facts.push({
        kind: 'test.finished',
        attempt: attempt(at),
        path: [title],
        verdict: test,
        ms: 3,
        at: null,
        error,
        reason: null,
        logs: [],
      });
    }
    const count = (wanted: TestVerdict): number => tests.filter(([, is]) => is === wanted).length;
    facts.push({
      kind: 'attempt.finished',
      attempt: attempt(at),
      file,
      verdict,
      ms: 100,
      counts: {
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        todo: count('todo'),
      },
      planned: tests.length,
      exitCode: verdict === 'passed' ? 0 : 1,
      signal: null,
      reason,
      error: null,
      output: null,
      outputBytes: 0,
      logs: [],
    });
  }
  facts.push({
    kind: 'service.crashed',
    service: 'redis',
    exit: 'killed by SIGKILL',
    lease: null,
    log: null,
    logTail: ['bye'],
  });
  return facts;
}

/** Writes facts through the real log. @returns the events and the file's path */
export function recorded(facts: readonly EventFact[] = recordedFacts()): {
  events: readonly RunnerEvent[];
  path: string;
  text: (text: string) => string;
} {
  const dir = mkdtempSync(join(tmpdir(), 'log-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'events.ndjson');
  const events: RunnerEvent[] = [];
  let now = 1000;
  const log = openEventLog({ path, runId: RUN, clock: () => (now += 7) });
  log.subscribe((event) => events.push(event));
  for (const fact of facts) log.emit(fact);
  log.close();
  const text = (content: string): string => {
    const other = join(dir, `cut-${content.length}.ndjson`);
    writeFileSync(other, content);
    return other;
  };
  return { events, path, text };
}
